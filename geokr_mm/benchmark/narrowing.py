"""A protocol for other backbones, or for a part of its tests."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ..errors import InputError
from .grid import ROOT
from .prepared import used_by_configs
from .protocol import RANDOM, Finetune, Method, Protocol


def of_backbones(
    protocol: Protocol, starts: Sequence[str], seeds: Sequence[int] = ()
) -> Protocol:
    """The protocol's tests of backbone files in place of its methods.

    Args:
        starts (Sequence[str]): ``'random'``, and files, ``FILE`` or
            ``NAME=FILE`` with a name in the table.
        seeds (Sequence[int]): Of fine-tuning; the protocol's if empty.

    Raises:
        InputError: If a name comes twice, or a file is none of a backbone.
    """
    from ..export import load_backbone

    methods = []
    for start in starts:
        if start == RANDOM:
            methods.append(Method(RANDOM, features='random start'))
            continue
        name, _, file = start.rpartition('=')
        load_backbone(file)
        methods.append(Method(name or Path(file).stem, file=file))
    names = [method.name for method in methods]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise InputError(
            f'--start: {twice[0]} is given twice; give NAME=FILE with another '
            'name'
        )
    tuned = [
        replace(task, seeds=tuple(seeds) or task.seeds)
        for task in protocol.finetunes
    ]
    return replace(
        protocol,
        index=(),
        methods=tuple(methods),
        # A file has one.
        seeds=(0,),
        validation=(),
        finetunes=tuple(tuned),
        finetuned=(),
    )


def of_tasks(protocol: Protocol, tasks: Sequence[str]) -> Protocol:
    """The protocol with some of its tests; unknown ones are an error."""
    tuned = [(dataset_of(task), task) for task in protocol.finetunes]
    known = [*(test.name for test in protocol.tests), *dict(tuned)]
    for name in tasks:
        if name not in known:
            raise InputError(
                f'protocol {protocol.name}: no task {name!r}; it has '
                f'{", ".join(dict.fromkeys(known))}'
            )
    return replace(
        protocol,
        tests=tuple(test for test in protocol.tests if test.name in tasks),
        finetunes=tuple(task for name, task in tuned if name in tasks),
    )


def of_labels(protocol: Protocol, labels: Sequence[int]) -> Protocol:
    """The protocol with other numbers of labels of each class."""
    tests = [replace(test, shots=tuple(labels)) for test in protocol.tests]
    return replace(protocol, tests=tuple(tests))


def dataset_of(task: Finetune) -> str:
    """Name of a fine-tuned data set in the results table."""
    from ..config import load_config

    options = [o for o in task.options if o.startswith('benchmark.')]
    with used_by_configs(task.set, task.split):
        config = load_config(str(ROOT / task.config), options)
    return str(config.benchmark.dataset)
