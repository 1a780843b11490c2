"""Runs a protocol: pre-train, hand over, test, one row at a time.

Everything that is finished is found again: an index, a checkpoint, a
backbone file, a row of the results table. So a run may be broken off and
called again, with more methods or seeds, and does only what is missing.
Called twice at once, the second takes what the first is not at.
"""

from collections.abc import Sequence

from ..errors import InputError
from ..files import locked
from .assessment import run_finetune, run_held_out, run_probe
from .grid import Grid
from .pretraining import prepare, pretrain
from .protocol import Finetune, Method, Protocol


def run(
    grid: Grid,
    methods: Sequence[str],
    seeds: Sequence[int],
    tuning_seeds: Sequence[int] = (),
    shares: Sequence[float] = (),
) -> None:
    """Do what is missing.

    Args:
        grid (Grid): Protocol and places.
        methods (Sequence[str]): Names; all of the protocol where empty.
        seeds (Sequence[int]): Pre-training seeds; each method's own where
            empty.
        tuning_seeds (Sequence[int]): Fine-tuning seeds; each task's own
            where empty.
        shares (Sequence[float]): Shares of the labels to fine-tune with, in
            (0, 1]; each task's own where empty.

    Raises:
        InputError: If no task has one of the shares, or if a command fails;
            its log is named.
    """
    protocol = grid.protocol
    tasks = _tasks(protocol, tuning_seeds, shares)
    chosen = [protocol.method(m) for m in methods] or list(protocol.methods)
    grid.out.mkdir(parents=True, exist_ok=True)
    prepare(grid)
    jobs = [(m, s) for m in chosen for s in (seeds or m.seeds)]
    for number, (method, seed) in enumerate(jobs, 1):
        name = f'[{number}/{len(jobs)}] {method.name}, seed {seed}'
        with locked(grid.out / f'.{method.name}-{seed}.lock') as mine:
            if not mine:
                print(f'{name}: another process is at it', flush=True)
                continue
            print(name, flush=True)
            run_one(grid, method, seed, tasks)


def run_one(
    grid: Grid, method: Method, seed: int, tasks: Sequence[Finetune]
) -> None:
    """Pre-train with one method and one seed and test, where missing."""
    protocol = grid.protocol
    if method.config:
        pretrain(grid, method, seed)
        if protocol.held_out:
            run_held_out(grid, method, seed)
    for test in protocol.probes:
        run_probe(grid, test, method, seed)
    for task in tasks:
        run_finetune(grid, task, method, seed)


def _tasks(
    protocol: Protocol, seeds: Sequence[int], shares: Sequence[float]
) -> list[Finetune]:
    """What is asked for of the protocol's fine-tuning."""
    known = {share for task in protocol.finetunes for share in task.shares}
    for share in shares:
        if share not in known:
            have = ', '.join(f'{k:g}' for k in sorted(known)) or 'none'
            raise InputError(
                f'--shares {share:g}: protocol {protocol.name} fine-tunes '
                f'with {have}; give one of these, or a protocol of your own'
            )
    return [task.part(shares, seeds) for task in protocol.finetunes]
