"""Write patches of an index and their land cover as images and masks."""

import argparse

from geokr_mm.errors import run_tool
from geokr_mm.geo.core.options import add_map

EXAMPLE = """example:
  python tools/build_index.py --scenes 'zion/landsat_b?.tif' \\
      --product nlcd --year 2011 --land-cover zion/nlcd2011.tif \\
      --patch-size 64 --out data/zion/tiles.parquet
  python tools/export_masks.py data/zion/tiles.parquet --product nlcd \\
      --year 2011 --land-cover zion/nlcd2011.tif \\
      --val-share 0.4 --place-degrees 0.1 --out data/zion/masks
"""


def main() -> None:
    parser = argparse.ArgumentParser(
        description='Write the patches of an index to OUT/images/{train,val} '
        'and the land cover on their pixels to OUT/masks/{train,val}, for '
        'mmsegmentation. Class numbers follow the legend (255: none), see '
        'OUT/about.json.',
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add('index', help='of tools/build_index.py')
    add_map(parser, 'land-cover product of the masks')
    add('--out', required=True, metavar='FOLDER', help='folder to write')
    add('--legend', default='common', help='common (default) or native')
    add(
        '--val-share',
        type=float,
        default=0.1,
        help='share of places held out (default: 0.1)',
    )
    add(
        '--place-degrees',
        type=float,
        default=1.0,
        help='edge of a place in degrees (default: 1)',
    )
    add(
        '--stored',
        action='store_true',
        help='images hold the numbers as stored, with scale and offset, for '
        'backbones of physical values (default: bytes after the stretch)',
    )
    add('--quiet', action='store_true', help='no progress, no summary')
    args = parser.parse_args()

    from geokr_mm.files import check_output
    from geokr_mm.geo.index.knowledge_index import KnowledgeIndex
    from geokr_mm.geo.index.segmentation_export import write_masks
    from geokr_mm.geo.landcover.landcover import LandCover

    check_output(args.out, folder=True)
    count = write_masks(
        KnowledgeIndex.open(args.index),
        LandCover.open(
            args.product, args.land_cover, args.year, legend=args.legend
        ),
        args.out,
        args.val_share,
        args.place_degrees,
        args.quiet,
        args.stored,
    )
    if not args.quiet:
        counts = ', '.join(f'{n} {side}' for side, n in count.items())
        print(f'{args.out}: {counts}')


if __name__ == '__main__':
    run_tool(main)
