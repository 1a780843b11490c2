"""Measure a checkpoint with the test set of its config."""

import argparse

from geokr_mm.errors import run_tool
from geokr_mm.running import add_run_arguments

EXAMPLE = """example:
  python tools/test.py configs/geokr/geokr_resnet18_smoke_tiny-world.py \\
      work_dirs/smoke/iter_2.pth --out work_dirs/smoke/metrics.json
"""


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('config', help='config file')
    parser.add_argument('checkpoint', help='checkpoint of a training run')
    parser.add_argument('--out', help='JSON file for the metrics')
    add_run_arguments(parser)
    return parser.parse_args()


def main() -> None:
    args = parse_args()

    from geokr_mm.commands import test
    from geokr_mm.files import check_output

    if args.out:
        check_output(args.out)
    if args.work_dir:
        check_output(args.work_dir, folder=True)
    test(args)


if __name__ == '__main__':
    run_tool(main)
