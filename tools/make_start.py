"""Write a start file: a backbone whitened on the images of a config."""

import argparse

from geokr_mm.errors import run_tool
from geokr_mm.running import add_overrides

EXAMPLE = """example:
  python tools/make_start.py \\
      configs/geokr/geokr_resnet18_1xb32-coslr-21e_earth.py \\
      --out start.pth
  then train any method from it:
  --cfg-options model.backbone.init_cfg.type=Pretrained \\
      model.backbone.init_cfg.checkpoint=start.pth
"""


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('config', help='config file of a pre-training')
    parser.add_argument('--out', required=True, help='file to write, .pth')
    parser.add_argument(
        '--images', type=int, default=256, help='patches to read (256)'
    )
    parser.add_argument(
        '--seed', type=int, default=0, help='of random weights and views (0)'
    )
    add_overrides(parser)
    args = parser.parse_args()
    if args.images < 1:
        parser.error(f'--images {args.images}: must be 1 or more')
    return args


def main() -> None:
    args = parse_args()

    from geokr_mm.commands import start

    start(args)


if __name__ == '__main__':
    run_tool(main)
