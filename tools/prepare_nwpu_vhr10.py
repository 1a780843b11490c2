"""Split NWPU VHR-10 into a training and a test set."""

import argparse

from geokr_mm.errors import run_tool

EXAMPLE = """example:
  python tools/prepare_nwpu_vhr10.py ../shared/data data/nwpu_vhr10
"""


def main() -> None:
    parser = argparse.ArgumentParser(
        description='Write OUT/images, OUT/train.json and OUT/val.json from '
        'DATA/nwpu_vhr10. Every third image, by name, goes to val.',
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('data', help='folder that holds nwpu_vhr10/')
    parser.add_argument('out', help='folder to write')
    args = parser.parse_args()

    from geokr_mm.datasets.prepare import prepare_nwpu_vhr10

    prepare_nwpu_vhr10(args.data, args.out)


if __name__ == '__main__':
    run_tool(main)
