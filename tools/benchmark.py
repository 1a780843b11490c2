"""Compare pre-training methods under one protocol."""

import argparse
import os
from dataclasses import replace
from pathlib import Path

from geokr_mm.errors import run_tool

EXAMPLE = """example:
  python tools/get_earth.py data/earth
  python tools/benchmark.py --protocol earth
  GEOKR_DATA=../shared/data python tools/benchmark.py \\
      --protocol eurosat --methods fractions --seeds 0
  GEOKR_DATA=../shared/data python tools/benchmark.py --protocol zoo \\
      --start random geokr=backbone.pth imagenet=imagenet.pth \\
      --tasks eurosat rsscn7 --labels 5 20 50
"""


def main() -> None:
    parser = argparse.ArgumentParser(
        description='Pre-train every method of a protocol on the same images '
        'with the same compute, test each in the same way, and append rows '
        'to the results table. What is finished is not done again. Start it '
        'once more at the same time to share the work.',
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        '--protocol',
        required=True,
        help='earth, eurosat, planet, zoo, or a .yaml file of the same form',
    )
    parser.add_argument(
        '--methods', nargs='+', default=[], help='(default: all)'
    )
    parser.add_argument(
        '--seeds',
        type=int,
        nargs='+',
        default=[],
        help='of pre-training, or of fine-tuning where nothing is '
        "pre-trained (default: the protocol's)",
    )
    parser.add_argument(
        '--no-finetune',
        action='store_true',
        help='leave what is fine-tuned to a later call; it takes as long as '
        'all else',
    )
    parser.add_argument(
        '--start',
        nargs='+',
        default=['random'],
        help='what all methods start from: random, whitened, or a backbone '
        'file (default: random). Several, or NAME=FILE: these backbones are '
        "tested in place of the protocol's methods, and nothing is "
        'pre-trained',
    )
    parser.add_argument(
        '--tasks', nargs='+', help='data sets to test on (default: all)'
    )
    parser.add_argument(
        '--labels',
        type=int,
        nargs='+',
        help='labels of each class that frozen features are read from '
        "(default: the protocol's)",
    )
    parser.add_argument(
        '--work-dir',
        help='(default: work_dirs/benchmark/PROTOCOL, of the protocol whose '
        'networks are read)',
    )
    parser.add_argument(
        '--results',
        default='benchmarks/results.csv',
        help='table to append to, with runs.csv beside it '
        '(default: benchmarks/results.csv)',
    )
    parser.add_argument(
        '--data',
        default=os.environ.get('GEOKR_DATA', 'data'),
        help='folder of real imagery (default: $GEOKR_DATA or data)',
    )
    args = parser.parse_args()

    from geokr_mm.benchmark.grid import Grid
    from geokr_mm.benchmark.narrowing import of_backbones, of_labels, of_tasks
    from geokr_mm.benchmark.protocol import GIVEN, load_protocol
    from geokr_mm.benchmark.run import run
    from geokr_mm.files import check_output

    protocol = load_protocol(args.protocol)
    if args.no_finetune:
        protocol = replace(protocol, finetunes=())
    start = args.start[0]
    if len(args.start) > 1 or '=' in start:
        protocol = of_backbones(protocol, args.start, args.seeds)
        start, args.seeds = GIVEN, []
    elif not protocol.methods:
        parser.error(f'protocol {protocol.name} needs --start NAME=FILE ...')
    if args.tasks:
        protocol = of_tasks(protocol, args.tasks)
    if args.labels:
        protocol = of_labels(protocol, args.labels)
    networks = protocol.networks or protocol.name
    out = args.work_dir or f'work_dirs/benchmark/{networks}'
    check_output(out, folder=True)
    check_output(args.results)
    grid = Grid(
        protocol, Path(out), Path(args.results), Path(args.data), start
    )
    run(grid, args.methods, args.seeds)


if __name__ == '__main__':
    run_tool(main)
