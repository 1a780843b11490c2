"""Store what a land-cover product knows about footprints you already have."""

import argparse

from geokr_mm.errors import run_tool
from geokr_mm.geo.core.options import (
    WorkerOptions,
    add_arguments,
    read_options,
)

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
        '`row` tells their place in the table.',
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add('--footprints', required=True, metavar='FILE', help='the table')
    add(
        '--product',
        required=True,
        help='land-cover product: a name of docs/products.md or a .yaml file',
    )
    add(
        '--land-cover',
        nargs='+',
        required=True,
        metavar='PATH',
        help='its files, or folders of them',
    )
    add('--out', required=True, metavar='FOLDER', help='folder to write')
    add(
        '--layer',
        metavar='NAME',
        help='layer of a file that has several (default: the only one)',
    )
    add(
        '--invalid',
        choices=('error', 'empty'),
        default='error',
        help='rows that are no polygon (missing, empty, crossing itself...): '
        'stop, or keep them without an area (default: error)',
    )
    add('--crs', help='CRS of the footprints where the table tells none')
    add(
        '--grid',
        type=int,
        default=1,
        metavar='G',
        help='also store fractions of G x G cells (default: 1)',
    )
    add(
        '--legend',
        default='common',
        metavar='NAME',
        help="common (ten classes, default) or native (the product's own)",
    )
    add('--year', type=int, help='year of the map (default: from file names)')
    add(
        '--plain-coverage',
        action='store_true',
        help='weigh cells of geographic products alike, not by true area',
    )
    add_arguments(parser, WorkerOptions)
    add('--quiet', action='store_true', help='no progress, no summary')
    args = parser.parse_args()

    from geokr_mm.geo.footprints.label import LabelOptions, label_footprints

    options = LabelOptions(
        footprints=args.footprints,
        product=args.product,
        land_cover=tuple(args.land_cover),
        out=args.out,
        crs=args.crs,
        grid=args.grid,
        legend=args.legend,
        year=args.year,
        spherical=not args.plain_coverage,
        layer=args.layer,
        invalid=args.invalid,
    )
    workers = read_options(WorkerOptions, args)
    count = label_footprints(options, quiet=args.quiet, **vars(workers))
    if not args.quiet:
        print(f'{args.out}: {count} footprints')


if __name__ == '__main__':
    run_tool(main)
