"""Speed of training steps; each figure is a ratio of two sides of one run.

teacher_over_student   seconds of a step with the teacher over those without
average_over_lerp      seconds of moving the teacher of a ResNet-50 over those
                       of a bare torch._foreach_lerp_ of its weights
over_plain             patches a second, files to updated weights, over those
                       of a loop in plain PyTorch of the student alone
rate_SIZE, input_SIZE  with --against TREE: patches a second over those of the
                       code in TREE, from files to updated weights, and to the
                       network's input; patches of 64 and 256 pixels

Both sides take turns, and a ratio is the median over the turns, so that other
work on the machine hits both. With --workers 0 rates are by seconds of the
processor, which other work leaves alone.

example: git worktree add /tmp/old v0.1.0
         python benchmarks/step.py --against /tmp/old --json
"""

import argparse
import contextlib
import copy
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import reporting
from step_side import make_scenes

ROOT = Path(__file__).resolve().parents[1]


@contextlib.contextmanager
def started(
    side: str, tree: Path, size: int, args: argparse.Namespace
) -> Iterator[Callable[[], float]]:
    """A side in a process of its own; gives its turn."""
    command = [
        *(sys.executable, Path(__file__).with_name('step_side.py')),
        *('--side', side, '--tree', tree),
        *('--size', size, '--data', args.data, '--steps', args.steps),
        *('--workers', args.workers, '--batch-size', args.batch_size),
    ]
    with subprocess.Popen(
        [str(word) for word in command],
        env={**os.environ, 'PYTHONPATH': str(tree), 'OMP_NUM_THREADS': '1'},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdin is not None and process.stdout is not None

        def turn() -> float:
            print(file=process.stdin, flush=True)
            for line in process.stdout:
                if line.startswith('rate '):
                    return float(line.split()[1])
            raise SystemExit(f'{side} of {tree} failed')

        try:
            yield turn
        finally:
            process.stdin.close()


def ratio(sides: Sequence[Callable[[], float]], turns: int) -> float:
    """Median of the first over the second, in turns; one warms up."""
    found = [[side() for side in sides] for _ in range(turns + 1)][1:]
    return round(statistics.median(one / two for one, two in found), 3)


def seconds(work: Callable[[], object]) -> float:
    """Of the processor; of the clock where a GPU works."""
    import torch

    wait = torch.cuda.synchronize if torch.cuda.is_available() else int
    clock = time.monotonic if torch.cuda.is_available() else time.process_time
    wait()
    start = clock()
    work()
    wait()
    return clock() - start


def network(depth: int, teacher: bool) -> Any:
    """A model as the shipped configs have it, on the device at hand."""
    import torch
    from mmengine.config import Config
    from mmengine.device import get_device
    from mmengine.registry import DefaultScope

    import geokr_mm.models  # noqa: F401
    from geokr_mm.registry import MODELS

    torch.set_num_threads(1)
    name = ROOT / f'configs/_base_/models/geokr_resnet{depth}.py'
    settings = Config.fromfile(name).model
    settings.head.num_classes = 10
    if not teacher:
        settings.correction = None
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        model = MODELS.build(settings).to(get_device())
    return model.to(memory_format=torch.channels_last).train()


def teacher_ratio(args: argparse.Namespace) -> float:
    """Seconds of a step of student and teacher over the student's alone."""
    import torch
    from mmengine.optim import build_optim_wrapper
    from mmpretrain.structures import DataSample

    def step(teacher: bool) -> Callable[[], float]:
        model = network(18, teacher)
        wrapper = build_optim_wrapper(
            model,
            dict(
                type='geokr_mm.BFloat16OptimWrapper',
                optimizer=dict(type='AdamW', lr=1e-3, fused=True),
            ),
        )
        device = next(model.parameters()).device
        views = torch.randn(2, args.batch_size, 3, 64, 64, device=device)
        sample = DataSample()
        sample.set_field(
            torch.full((10,), 0.1, device=device), 'class_fractions'
        )
        sample.set_field(torch.ones(1, device=device), 'valid_fraction')
        samples = [copy.copy(sample) for _ in range(args.batch_size)]

        def work() -> None:
            with wrapper.optim_context(model):
                losses = model.loss([*views], samples)
            wrapper.update_params(model.parse_losses(losses)[0])
            if teacher:
                model.teacher.follow(model, 0.99)

        return lambda: seconds(work)

    return ratio((step(True), step(False)), args.turns)


def average_ratio(args: argparse.Namespace) -> float:
    """Seconds of moving a teacher over those of a bare lerp."""
    import torch

    model = network(50, True)
    names = dict(model.named_parameters())
    kept = [t for n, t in names.items() if n.startswith('teacher.')]
    moved = [
        names[n.removeprefix('teacher.')]
        for n in names
        if n.startswith('teacher.')
    ]

    @torch.no_grad()
    def bare() -> None:
        torch._foreach_lerp_(kept, moved, 0.01)

    return ratio(
        (
            lambda: seconds(lambda: model.teacher.follow(model, 0.99)),
            lambda: seconds(bare),
        ),
        10 * args.turns,
    )


def main() -> None:
    """Parse the command line, measure and report."""
    parser = reporting.parser(__doc__)
    parser.add_argument('--against', type=Path, help='another source tree')
    parser.add_argument(
        '--data', type=Path, help='where scenes are made (default: for now)'
    )
    parser.add_argument('--workers', type=int, default=2)
    parser.add_argument('--batch-size', type=int, default=32, help='at 64 px')
    parser.add_argument('--turns', type=int, default=5, help='of each side')
    parser.add_argument('--steps', type=int, default=20, help='in a turn')
    parser.add_argument('--only', nargs='+', help='names of figures')
    args = parser.parse_args()
    with contextlib.ExitStack() as stack:
        if args.data is None:
            args.data = Path(
                stack.enter_context(tempfile.TemporaryDirectory())
            )
        args.data.mkdir(parents=True, exist_ok=True)
        make_scenes(args.data)
        reporting.report(measured(args), args)


def measured(args: argparse.Namespace) -> dict[str, float]:
    """All figures, or those of --only."""
    pairs = {'over_plain': (64, ('weights', ROOT), ('plain', ROOT))}
    if args.against:
        old = args.against.resolve()
        for size in (64, 256):
            for name, side in (('rate', 'weights'), ('input', 'input')):
                pairs[f'{name}_{size}'] = (size, (side, ROOT), (side, old))
    found: dict[str, float] = {}
    for name, measure in (
        ('teacher_over_student', teacher_ratio),
        ('average_over_lerp', average_ratio),
    ):
        if not args.only or name in args.only:
            found[name] = measure(args)
    for name, (size, *sides) in pairs.items():
        if args.only and name not in args.only:
            continue
        with contextlib.ExitStack() as stack:
            turns = [
                stack.enter_context(started(side, tree, size, args))
                for side, tree in sides
            ]
            found[name] = ratio(turns, args.turns)
    return found


if __name__ == '__main__':
    main()
