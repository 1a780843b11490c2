"""Fine-tune a downstream config from few labels, next to its random twin."""

import argparse

from geokr_mm.errors import run_tool

EXAMPLE = """example:
  GEOKR_WORLD=demo/world python tools/finetune.py \\
      configs/downstream/mmpretrain/\
resnet18_geokr-pre_1xb32-coslr-20e_world-scenes.py \\
      --init random imagenet=start.pth backbone.pth --seeds 0 1 --labels 10 \\
      --work-dir work_dirs/scenes --results benchmarks/results.csv
"""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('config', help='config of configs/downstream')
    parser.add_argument(
        '--init',
        nargs='+',
        default=['random'],
        metavar='START',
        help='"random" and backbone files, FILE or NAME=FILE with a name in '
        'the table (default: random)',
    )
    parser.add_argument(
        '--neck',
        metavar='FILE',
        help='neck file of the runs that start from a file, see '
        'tools/export_backbone.py --neck',
    )
    parser.add_argument(
        '--seeds', type=int, nargs='+', default=[0], help='(default: 0)'
    )
    parser.add_argument(
        '--labels',
        type=int,
        help='labelled images, of each class in classification, in all '
        'otherwise (default: as the config has it)',
    )
    parser.add_argument(
        '--rates',
        type=float,
        nargs='+',
        default=[],
        help='learning rates that each run chooses from on a part of its own '
        "labels (default: the config's)",
    )
    parser.add_argument(
        '--method',
        default='geokr',
        help='name of runs that start from a FILE (default: geokr)',
    )
    parser.add_argument('--work-dir', required=True, help='folder for logs')
    parser.add_argument(
        '--results', required=True, help='results table to append to, a CSV'
    )
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        default=[],
        metavar='KEY=VALUE',
        help='settings to override, the same for all runs',
    )
    args = parser.parse_args()

    from pathlib import Path

    from geokr_mm.benchmark.finetune import RANDOM, Run, finetune
    from geokr_mm.benchmark.rate_search import with_rate
    from geokr_mm.files import check_output

    check_output(args.work_dir, folder=True)
    check_output(args.results)
    runs = []
    for seed in args.seeds:
        for init in args.init:
            name = RANDOM if init == RANDOM else args.method
            if '=' in init and not Path(init).exists():
                name, _, init = init.partition('=')
            runs.append(
                Run(
                    args.config,
                    Path(args.work_dir, f'{name}-{seed}'),
                    init,
                    name,
                    seed,
                    args.labels,
                    options=tuple(args.cfg_options),
                    neck=args.neck,
                )
            )
    if args.rates:
        runs = [with_rate(run, args.rates) for run in runs]
    finetune(runs, args.results)


if __name__ == '__main__':
    run_tool(main)
