"""The whole path on the real Earth, in minutes, with a page."""

import argparse
from pathlib import Path

from geokr_mm.errors import run_tool

EXAMPLE = """example:
  python tools/demo.py --out demo
"""


def main() -> None:
    parser = argparse.ArgumentParser(
        description='Get the Earth, index it, pre-train outside the Americas, '
        'export, learn two tasks on the Americas from few labels against '
        'random initialisation, compare. Finished steps are not run again.',
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        '--planet',
        action='store_true',
        help='a synthetic planet, which needs no download; so is every demo '
        'where the Earth cannot be downloaded',
    )
    parser.add_argument(
        '--out', type=Path, help='folder (default: demo, or demo-planet)'
    )
    parser.add_argument(
        '--seeds',
        type=int,
        default=3,
        help='runs of a task from each start (default: 3)',
    )
    parser.add_argument(
        '--fresh', action='store_true', help='forget what was made before'
    )
    parser.add_argument(
        '--only-page',
        action='store_true',
        help='draw the page from what is there',
    )
    args = parser.parse_args()
    if args.seeds < 1:
        parser.error(f'--seeds {args.seeds}: give 1 or more')

    from geokr_mm.demo.plan import Layout
    from geokr_mm.demo.run import report_only, run_demo
    from geokr_mm.files import check_output

    out = args.out or Path('demo-planet' if args.planet else 'demo')
    check_output(out, folder=True)
    root = Path(__file__).resolve().parents[1]
    layout = Layout(root, out, args.seeds, args.planet)
    if args.only_page:
        report_only(layout)
    else:
        run_demo(layout, args.fresh)


if __name__ == '__main__':
    run_tool(main)
