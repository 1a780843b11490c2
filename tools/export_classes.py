"""Write patches of an index as images, a folder for each class of a map."""

import argparse

from geokr_mm.errors import run_tool
from geokr_mm.geo.core.options import add_map

EXAMPLE = """example:
  python tools/get_earth.py data/earth
  python tools/build_index.py --scenes data/earth/scenes/americas \\
      --product mcd12c1 --land-cover data/earth/mcd12c1 \\
      --patch-size 60 --stretch none --no-filter cloud --no-filter dark \\
      --no-filter low_contrast --out data/americas.parquet
  python tools/export_classes.py data/americas.parquet \\
      --product koppen_geiger --land-cover data/earth/koppen_geiger \\
      --out data/climate
  python tools/linear_probe.py data/climate --image-size 64
"""


def main() -> None:
    parser = argparse.ArgumentParser(
        description='Write the patches of an index to OUT/CLASS, by the class '
        'that covers most of each on a map, for classification. Patches '
        'without such a class are left out.',
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add('index', help='of tools/build_index.py')
    add_map(parser, 'product of the classes')
    add('--out', required=True, metavar='FOLDER', help='folder to write')
    add('--legend', default='native', help='common or native (default)')
    add(
        '--least',
        type=float,
        default=0.6,
        metavar='SHARE',
        help='share of a patch that its class covers at least (default: 0.6)',
    )
    add('--quiet', action='store_true', help='no progress, no summary')
    args = parser.parse_args()
    if not 0 < args.least <= 1:
        parser.error(f'--least {args.least}: give a share above 0 and up to 1')

    from geokr_mm.earth.labels import write_class_folders
    from geokr_mm.files import check_output
    from geokr_mm.geo.index.knowledge_index import KnowledgeIndex
    from geokr_mm.geo.landcover.landcover import LandCover

    check_output(args.out, folder=True)
    count = write_class_folders(
        KnowledgeIndex.open(args.index),
        LandCover.open(
            args.product, args.land_cover, args.year, legend=args.legend
        ),
        args.out,
        args.least,
        args.quiet,
    )
    if not args.quiet:
        counts = ', '.join(f'{n} {name}' for name, n in count.items())
        print(f'{args.out}: {counts}')


if __name__ == '__main__':
    run_tool(main)
