"""Arguments of ``tools/train.py`` and ``tools/test.py``.

The module imports nothing else, so that ``--help`` is quick: :mod:`mim`
runs it before every training.
"""

import argparse


def add_run_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what training and testing have in common."""
    parser.add_argument(
        '--work-dir',
        help='folder of logs and checkpoints (default: work_dirs/CONFIG)',
    )
    add_overrides(parser)
    parser.add_argument(
        '--launcher',
        choices=['none', 'pytorch', 'slurm', 'mpi'],
        default='none',
        help='how several processes were started (default: none)',
    )
    # torch.distributed.launch passes one spelling or the other.
    parser.add_argument(
        '--local-rank',
        '--local_rank',
        type=int,
        default=0,
        help=argparse.SUPPRESS,
    )


def add_overrides(parser: argparse.ArgumentParser) -> None:
    """Add ``--cfg-options``."""
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        default=[],
        metavar='KEY=VALUE',
        help='settings to override, such as train_dataloader.batch_size=16 '
        'or model.backbone.depth=50; lists as key="[a,b]"',
    )
