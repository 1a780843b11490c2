"""Print a config with its bases and overrides merged."""

import argparse

from geokr_mm.errors import run_tool
from geokr_mm.running import add_overrides

EXAMPLE = """example:
  python tools/print_config.py \\
      configs/geokr/geokr_resnet18_smoke_tiny-world.py \\
      --cfg-options train_dataloader.batch_size=2
"""


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('config', help='config file')
    add_overrides(parser)
    return parser.parse_args()


def main() -> None:
    args = parse_args()

    from geokr_mm.commands import print_config

    print_config(args)


if __name__ == '__main__':
    run_tool(main)
