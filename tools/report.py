"""Draw a page of an index: patches, cover maps, fractions, places."""

import argparse

from geokr_mm.errors import run_tool

EXAMPLE = """example:
  python tools/report.py --index data/zion/index.parquet \\
      --checkpoint work_dirs/zion/epoch_60.pth \\
      --land-cover data/zion/nlcd2011.tif --out zion.html
"""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        '--index', required=True, help='index of tools/build_index.py'
    )
    parser.add_argument(
        '--checkpoint',
        help='pre-training checkpoint: shows what student and teacher read',
    )
    parser.add_argument(
        '--land-cover',
        nargs='+',
        default=[],
        metavar='PATH',
        help="the product's files: draws the map itself (default: the cells "
        'stored in the index)',
    )
    parser.add_argument(
        '--each',
        type=int,
        default=6,
        help='patches of each kind (default: 6)',
    )
    parser.add_argument('--out', required=True, help='HTML file to write')
    args = parser.parse_args()
    if args.each < 1:
        parser.error(f'--each {args.each}: give 1 or more')

    from geokr_mm.files import check_output
    from geokr_mm.visualization.page import save_page
    from geokr_mm.visualization.report import index_page

    check_output(args.out)
    save_page(
        args.out,
        index_page(args.index, args.checkpoint, args.land_cover, args.each),
    )
    print(args.out)


if __name__ == '__main__':
    run_tool(main)
