"""Draws the top of an HTML page, such as the demo's, as a picture.

Run ``make demo`` and ``python docs/make_screenshot.py demo/index.html
docs/images/demo-page.png``; it needs Chromium on the PATH.
"""

import argparse
import shutil
import subprocess
import tempfile
from pathlib import Path

from PIL import Image

BROWSERS = ('chromium', 'chromium-browser', 'google-chrome')


def main() -> None:
    """Read the arguments and draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('page', type=Path)
    parser.add_argument('out', type=Path)
    parser.add_argument('--size', type=int, nargs=2, default=(1180, 1500))
    parser.add_argument('--from-row', type=int, default=0)
    args = parser.parse_args()
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        parser.error(f'none of {", ".join(BROWSERS)} is on the PATH')
    width, height = args.size
    with tempfile.TemporaryDirectory() as folder:
        shot = Path(folder) / 'shot.png'
        subprocess.run(
            [
                *(browser, '--headless', '--no-sandbox', '--disable-gpu'),
                *('--hide-scrollbars', f'--screenshot={shot}'),
                f'--window-size={width},{args.from_row + height}',
                args.page.resolve().as_uri(),
            ],
            check=True,
            capture_output=True,
        )
        image = Image.open(shot).convert('RGB')
    image = image.crop((0, args.from_row, width, args.from_row + height))
    # A palette is a quarter of the size.
    image.quantize(256).save(args.out, optimize=True)


if __name__ == '__main__':
    main()
