"""The steps of the demo, as commands that a user would type."""

import os
import shlex
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from geokr_mm.geo.core.yaml_file import read_yaml

PRETRAIN = 'configs/geokr/geokr_resnet18_1xb32-coslr-180i_demo-world.py'
ITERATIONS = 180
Command = tuple[str, ...]


@dataclass(frozen=True)
class Task:
    """A downstream task of the demo.

    ``labels`` counts images, of each class in classification; ``options``
    are settings that keep a run short; titles are those of the table.
    """

    name: str
    title: str
    config: str
    labels: int
    labels_title: str
    metric_title: str
    options: Sequence[str]


_FILE = read_yaml(resources.files(__package__) / 'steps.yaml', 'steps.yaml')
TASKS = tuple(Task(**fields) for fields in _FILE['tasks'])


class Layout:
    """Where the demo keeps its files, below ``out`` as the user gave it.

    ``root`` holds tools and configs; seeds are fine-tuning runs from each
    start.
    """

    def __init__(self, root: Path, out: Path, seeds: int = 3) -> None:
        self.root, self.out, self.seeds = root, out, seeds
        self.stamps = out / '.done'
        self.logs = out / 'logs'
        self.world = out / 'world'
        self.index = out / 'index.parquet'
        self.pretrain = out / 'pretrain'
        self.checkpoint = self.pretrain / f'iter_{ITERATIONS}.pth'
        self.backbone = out / 'backbone.pth'
        self.page = out / 'index.html'

    def runs(self, task: Task) -> Path:
        """Work folder of a task's fine-tuning."""
        return self.out / 'finetune' / task.name

    def results(self, task: Task) -> Path:
        """Results table of a task."""
        return self.runs(task) / 'results.csv'

    def predictions(self, task: Task, method: str, seed: int) -> Path:
        """Folder of the masks that a segmentation run predicted."""
        return self.runs(task) / f'{method}-{seed}' / 'predictions'


@dataclass(frozen=True)
class Step:
    """Commands, and the files and folders that they leave.

    The name is unique: it names stamp and logs. Several commands run side by
    side and share the cores. The content of configs counts as a setting.
    """

    name: str
    title: str
    commands: tuple[Command, ...]
    outputs: tuple[Path, ...]
    configs: tuple[Path, ...] = ()


def plan(layout: Layout) -> list[Step]:
    """All steps; each may read what those before it left."""
    once = {
        **vars(layout),
        'config': layout.root / PRETRAIN,
        'count': layout.seeds,
        'seeds': range(layout.seeds),
    }
    each_task = [
        {**once, **asdict(task), 'config': layout.root / task.config}
        for task in TASKS
    ]
    return [
        _step(entry, each_task if 'for' in entry else [once])
        for entry in _FILE['steps']
    ]


def _step(entry: dict[str, Any], runs: list[dict[str, Any]]) -> Step:
    """A step of the file, with a command for each of ``runs``."""
    configs: set[Path] = set()
    commands, outputs = [], []
    for values in runs:
        tool, *words = entry['command'].split()
        command = [sys.executable, str(values['root'] / 'tools' / tool)]
        if 'for' in entry:
            command = ['env', f'GEOKR_WORLD={values["world"]}', *command]
        for word in words:
            if word in ('{seeds}', '{options}'):
                command += map(str, values[word[1:-1]])
            else:
                command.append(word.format(**values))
        if '{config}' in words:
            # Those beside it and the bases, which it may build on.
            configs.update(values['config'].parent.glob('*.py'))
            bases = values['root'] / 'configs' / '_base_'
            configs.update(bases.rglob('*.py'))
        commands.append(tuple(command))
        outputs += [Path(name.format(**values)) for name in entry['leaves']]
    return Step(
        entry['name'],
        entry['title'].format(**runs[0]),
        tuple(commands),
        tuple(outputs),
        tuple(sorted(configs)),
    )


def printable(command: Sequence[str]) -> str:
    """A command as one types it at the current folder."""
    here = os.getcwd() + os.sep
    words = [
        'python' if word == sys.executable else word.replace(here, '')
        for word in command
    ]
    if words[0] == 'env':
        words = words[1:]
    return ' '.join(shlex.quote(word) for word in words)
