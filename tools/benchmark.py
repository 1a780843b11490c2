"""Compare pre-training methods under one protocol."""

import argparse
import os
import sys
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
        'to the results table. What is finished is not done again.',
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
    parser.add_argument(
        '--workers',
        type=int,
        default=1,
        help='processes that share the work (default: 1)',
    )
    parser.add_argument(
        '--launcher',
        choices=['local', 'slurm', 'dask'],
        default='local',
        help='where the workers run: on this machine, each with a GPU in turn '
        '(default), as an array of slurm jobs with what the variables '
        'SBATCH_... give, or on a Dask cluster',
    )
    parser.add_argument(
        '--scheduler',
        metavar='ADDRESS',
        help='of the Dask cluster, e.g. tcp://HOST:8786; it must see the same '
        'paths',
    )
    args = parser.parse_args()

    from geokr_mm.benchmark.grid import Grid
    from geokr_mm.benchmark.narrowing import of_backbones, of_labels, of_tasks
    from geokr_mm.benchmark.protocol import GIVEN, load_protocol
    from geokr_mm.benchmark.run import run
    from geokr_mm.benchmark.workers import run_workers
    from geokr_mm.files import check_output

    protocol = load_protocol(args.protocol)
    if args.no_finetune:
        protocol = replace(protocol, finetunes=())
    if not (protocol.methods or args.start):
        parser.error(f'protocol {protocol.name} needs --start NAME=FILE ...')
    starts = args.start or ['random']
    start = starts[0]
    if len(starts) > 1 or '=' in start or not protocol.methods:
        protocol = of_backbones(protocol, starts, args.seeds)
        start, args.seeds = GIVEN, []
    if args.tasks:
        protocol = of_tasks(protocol, args.tasks)
    if args.labels:
        protocol = of_labels(protocol, args.labels)
    networks = protocol.networks or protocol.name
    out = args.work_dir or f'work_dirs/benchmark/{networks}'
    check_output(out, folder=True)
    check_output(args.results)
    if args.workers > 1 or args.launcher != 'local':
        # The same command without these; the last of a flag counts.
        words = [sys.executable, *sys.argv, '--workers', '1']
        words += ['--launcher', 'local']
        run_workers(
            args.launcher,
            words,
            args.workers,
            Path(out, 'workers'),
            args.scheduler,
        )
        return
    grid = Grid(
        protocol, Path(out), Path(args.results), Path(args.data), start
    )
    run(grid, args.methods, args.seeds)


if __name__ == '__main__':
    run_tool(main)
