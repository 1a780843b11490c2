"""Turn Chesapeake land-cover patches into images and masks."""

import argparse

from geokr_mm.errors import run_tool

EXAMPLE = """example:
  python tools/prepare_chesapeake.py ../shared/data data/chesapeake
"""


def main() -> None:
    parser = argparse.ArgumentParser(
        description='Write RGB images, masks, and images of four bands (blue, '
        'green, red, near infrared) to OUT/{images,masks,bands}/{train,val} '
        'from DATA/chesapeake/train_patches. Masks: 0 water, 1 forest, '
        '2 field, 3 impervious, 255 unknown.',
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('data', help='folder that holds chesapeake/')
    parser.add_argument('out', help='folder to write')
    args = parser.parse_args()

    from geokr_mm.datasets.prepare import prepare_chesapeake

    prepare_chesapeake(args.data, args.out)


if __name__ == '__main__':
    run_tool(main)
