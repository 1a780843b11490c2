"""List the images in a WebDataset as a table of scenes."""

import argparse

from geokr_mm.errors import run_tool

EXAMPLE = """example:
  python tools/list_webdataset.py shards/*.tar --out data/scenes.csv
  python tools/build_index.py --scenes data/scenes.csv --product worldcover \\
      --land-cover worldcover/ --patch-size 256 --out data/index.parquet
"""


def main() -> None:
    parser = argparse.ArgumentParser(
        description='Write a table for --scenes of tools/build_index.py. '
        'Nothing is unpacked: images are read where they lie in the tar '
        'files. Each needs JSON of its name with lon, lat and gsd (metres) or '
        'with a footprint (GeoJSON), unless it is a GeoTIFF; date and bands '
        'are taken from there too.',
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('shards', nargs='+', help='tar files')
    parser.add_argument('--out', required=True, help='CSV file to write')
    parser.add_argument(
        '--image',
        metavar='ENDING',
        help='of the images, where samples have several, e.g. s2.tif',
    )
    args = parser.parse_args()

    from geokr_mm.packing.webdataset import list_webdataset

    count = list_webdataset(args.shards, args.out, args.image)
    print(f'{args.out}: {count} scenes')


if __name__ == '__main__':
    run_tool(main)
