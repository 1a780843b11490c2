"""Compare pre-training methods under one protocol."""

import argparse
import os
from pathlib import Path

from geokr_mm.errors import run_tool

EXAMPLE = """example:
  python tools/benchmark.py --protocol S
  GEOKR_DATA=../shared/data python tools/benchmark.py \\
      --protocol whole-earth --methods random geokr --seeds 0
"""


def main() -> None:
    parser = argparse.ArgumentParser(
        description='Pre-train every method of a protocol on the same images '
        'with the same budget, test each in the same way, and append rows to '
        'the results table. What is finished is not done again. Start it '
        'once more at the same time to share the work.',
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        '--protocol',
        required=True,
        help='S, L, whole-earth, zion, or a .yaml file of the same form',
    )
    parser.add_argument(
        '--methods', nargs='+', default=[], help='(default: all)'
    )
    parser.add_argument(
        '--seeds',
        type=int,
        nargs='+',
        default=[],
        help="pre-training seeds (default: each method's own)",
    )
    parser.add_argument(
        '--tuning-seeds',
        type=int,
        nargs='+',
        default=[],
        help="fine-tuning seeds (default: each task's own)",
    )
    parser.add_argument(
        '--shares',
        type=float,
        nargs='+',
        default=[],
        help='shares of the labels to fine-tune with, such as 0.01 '
        "(default: each task's own)",
    )
    parser.add_argument(
        '--work-dir', help='(default: work_dirs/benchmark/PROTOCOL)'
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
    from geokr_mm.benchmark.protocol import load_protocol
    from geokr_mm.benchmark.run import run
    from geokr_mm.files import check_output

    protocol = load_protocol(args.protocol)
    out = args.work_dir or f'work_dirs/benchmark/{protocol.name}'
    check_output(out, folder=True)
    check_output(args.results)
    run(
        Grid(protocol, Path(out), Path(args.results), Path(args.data)),
        args.methods,
        args.seeds,
        args.tuning_seeds,
        args.shares,
    )


if __name__ == '__main__':
    run_tool(main)
