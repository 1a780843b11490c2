"""Store class fractions of footprints you already have."""

import argparse

from geokr_mm.errors import run_tool
from geokr_mm.geo.core.options import (
    WorkerOptions,
    add_arguments,
    read_options,
)
from geokr_mm.geo.footprints.options import LabelOptions

EXAMPLE = """example:
  python tools/label_footprints.py --footprints patches.parquet \\
      --product globeland30 --land-cover tiles/ --grid 4 --workers 2 \\
      --out labelled/
"""


def main() -> None:
    parser = argparse.ArgumentParser(
        description='Read a table of footprints (GeoParquet, CSV, GeoPackage '
        'or what else GDAL reads) and write a folder of GeoParquet parts with '
        'the class fractions of each. Rows come out sorted by tile; column '
        '`row` is their place in the table.',
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_arguments(parser, LabelOptions)
    add_arguments(parser, WorkerOptions)
    parser.add_argument(
        '--quiet', action='store_true', help='no progress, no summary'
    )
    args = parser.parse_args()

    from geokr_mm.geo import label_footprints

    options = read_options(LabelOptions, args)
    workers = read_options(WorkerOptions, args)
    count = label_footprints(options, quiet=args.quiet, **vars(workers))
    if not args.quiet:
        print(f'{options.out}: {count} footprints')


if __name__ == '__main__':
    run_tool(main)
