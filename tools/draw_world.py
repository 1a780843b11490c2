#!/usr/bin/env python
"""Draw a contact sheet of the synthetic planet."""

import argparse
from pathlib import Path

from geokr_mm.errors import InputError, run_tool
from geokr_mm.files import check_output, written_whole

_EXAMPLE = """example:
  python tools/draw_world.py docs/images/world.png
"""


def main() -> None:
    """Parse the command line and draw the sheet."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog=_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('out', type=Path, help='PNG file to write')
    parser.add_argument(
        '--seed', type=int, default=0, help='which planet (default: 0)'
    )
    parser.add_argument(
        '--side', type=int, default=256, help='of a picture, pixels'
    )
    args = parser.parse_args()
    if args.out.suffix != '.png' or not args.out.parent.is_dir():
        raise InputError(
            f'{args.out} cannot be written: give a .png in a folder that '
            f'exists'
        )
    check_output(args.out)

    # Pillow comes with scikit-image; 256 colours keep the file small.
    from PIL import Image

    from geokr_mm.world.pipeline.contact_sheet import contact_sheet

    sheet = Image.fromarray(contact_sheet(args.seed, args.side))
    sheet = sheet.quantize(256, method=Image.Quantize.MAXCOVERAGE)
    with written_whole(args.out) as draft:
        sheet.save(draft, format='PNG', optimize=True)
    print(f'{args.out}: {args.out.stat().st_size / 1e3:.0f} kB')


if __name__ == '__main__':
    run_tool(main)
