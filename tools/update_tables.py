#!/usr/bin/env python
"""Rewrite tables and figures of the documentation from the results file."""

import argparse
import sys
from pathlib import Path

from geokr_mm.errors import run_tool

PAGES = [Path('README.md'), *sorted(Path('docs').glob('*.md'))]
_EXAMPLE = """example:
  python tools/update_tables.py
  python tools/update_tables.py --check   # exit 1 if a page is out of date
"""


def main() -> None:
    """Parse the command line and update the pages."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog=_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        'pages',
        nargs='*',
        type=Path,
        default=PAGES,
        help='Markdown pages (default: README.md and those of docs/)',
    )
    parser.add_argument(
        '--results',
        nargs='+',
        default=['benchmarks/results.csv', 'benchmarks/zoo.csv'],
        help='(default: benchmarks/results.csv and benchmarks/zoo.csv)',
    )
    parser.add_argument('--check', action='store_true', help='write nothing')
    args = parser.parse_args()

    import pandas as pd

    from geokr_mm.benchmark.pages import update_page
    from geokr_mm.benchmark.results import read_results

    rows = pd.concat([read_results(path) for path in args.results])
    stale = [p for p in args.pages if update_page(p, rows, args.check)]
    for page in stale:
        print(f'{page}: {"out of date" if args.check else "updated"}')
    if args.check and stale:
        sys.exit(1)


if __name__ == '__main__':
    run_tool(main)
