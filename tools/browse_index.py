"""Write a page on an index: where, how much of what, and what was left out."""

import argparse

from geokr_mm.errors import run_tool

EXAMPLE = """example:
  python tools/browse_index.py data/zion/index.parquet --out zion.html
"""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('index', help='index of tools/build_index.py')
    parser.add_argument(
        '--land-cover',
        nargs='+',
        default=[],
        metavar='PATH',
        help="the product's files: draws the map itself beside the sample "
        'patches (default: the cells stored in the index)',
    )
    parser.add_argument(
        '--scene-root',
        metavar='FOLDER',
        help='where the scenes lie if they moved since the build',
    )
    parser.add_argument(
        '--samples',
        type=int,
        default=12,
        metavar='N',
        help='patches to show (default: 12)',
    )
    parser.add_argument('--out', required=True, help='HTML file to write')
    args = parser.parse_args()
    if args.samples < 0:
        parser.error(f'--samples {args.samples}: give 0 or more')

    from geokr_mm.files import check_output
    from geokr_mm.visualization.browse import browse_page
    from geokr_mm.visualization.page import save_page

    check_output(args.out)
    save_page(
        args.out,
        browse_page(
            args.index, args.land_cover, args.scene_root, args.samples
        ),
    )
    print(args.out)


if __name__ == '__main__':
    run_tool(main)
