"""Train what a config describes: pre-training or a downstream task."""

import argparse

from geokr_mm.errors import run_tool
from geokr_mm.running import add_run_arguments

EXAMPLE = """example:
  python tools/train.py configs/geokr/geokr_resnet18_smoke_tiny-world.py \\
      --work-dir work_dirs/smoke --cfg-options train_dataloader.batch_size=2
"""


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('config', help='config file')
    add_run_arguments(parser)
    parser.add_argument(
        '--resume',
        nargs='?',
        const='auto',
        metavar='CHECKPOINT',
        help='go on from this checkpoint; without a name, from the last one '
        'in the work folder',
    )
    parser.add_argument(
        '--amp', action='store_true', help='automatic mixed precision'
    )
    parser.add_argument(
        '--auto-scale-lr',
        action='store_true',
        help='scale the learning rate with the batch size, by the base '
        'batch size that the config names',
    )
    parser.add_argument(
        '--seed', type=int, help='overrides the seed of the config'
    )
    parser.add_argument(
        '--profile',
        action='store_true',
        help='write where the time of ten steps goes: profile.txt and '
        'profile.json in the work folder',
    )
    return parser.parse_args()


def main() -> None:
    args = parse_args()

    from geokr_mm.commands import train
    from geokr_mm.files import check_output

    if args.work_dir:
        check_output(args.work_dir, folder=True)
    train(args)


if __name__ == '__main__':
    run_tool(main)
