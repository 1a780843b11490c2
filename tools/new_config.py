"""Write the config of a pre-training for an index."""

import argparse

from geokr_mm.errors import run_tool

EXAMPLE = """example:
  python tools/new_config.py --index data/index.parquet \\
      --backbone resnet50 --out my_geokr.py
  # from a start that tools/import_backbone.py wrote, on eight GPUs:
  python tools/new_config.py --index data/index.parquet \\
      --start start.pth --gpus 8 --out my_geokr.py
"""


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description='Write a config that `mim train geokr_mm` runs from any '
        'folder, with all settings chosen for an index.',
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        '--index', required=True, help='file that tools/build_index.py wrote'
    )
    parser.add_argument(
        '--backbone',
        help='such as resnet50, vgg16bn, convnext-tiny, swin-tiny, vit-small '
        '(default: that of the start)',
    )
    parser.add_argument(
        '--start',
        metavar='FILE',
        help='backbone file to start from (default: random weights)',
    )
    parser.add_argument(
        '--bands',
        type=lambda text: text.split(','),
        help='bands of the index to use, in order (default: all)',
    )
    parser.add_argument('--gpus', type=int, default=1, help='how many (1)')
    parser.add_argument(
        '--batch-size',
        type=int,
        help='patches for each GPU (64, or as many as there are)',
    )
    parser.add_argument(
        '--amp',
        choices=['bf16', 'fp16', 'none'],
        default='bf16',
        help='mixed precision (bf16)',
    )
    parser.add_argument(
        '--epochs', type=int, help='passes over the index (20 to 100)'
    )
    parser.add_argument('--out', required=True, help='file to write, .py')
    parser.add_argument(
        '--overwrite', action='store_true', help='replace --out'
    )
    args = parser.parse_args()
    for name in ('gpus', 'batch_size', 'epochs'):
        value = getattr(args, name)
        if value is not None and value < 1:
            option = name.replace('_', '-')
            parser.error(f'--{option} {value}: must be 1 or more')
    if args.backbone is None and args.start is None:
        parser.error('give --backbone or --start')
    return args


def main() -> None:
    args = parse_args()

    from geokr_mm.config.new_config import write_config

    write_config(args)


if __name__ == '__main__':
    run_tool(main)
