"""The steps of the demo, as commands that a user would type."""

import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from geokr_mm.geo.core.yaml_file import read_yaml

Command = tuple[str, ...]


@dataclass(frozen=True)
class Task:
    """A downstream task of the demo.

    ``test`` is its method in the results table; ``labels`` counts images, of
    each class in classification; titles are those of the page.
    """

    name: str
    title: str
    test: str
    metric_title: str
    labels: int
    labels_title: str
    commands: Sequence[str]


class Layout:
    """Where the demo keeps its files, below ``out`` as the user gave it.

    ``root`` holds tools and configs; seeds are runs from each start; the
    demo is of the Earth or of the synthetic ``planet``.
    """

    def __init__(
        self, root: Path, out: Path, seeds: int = 3, planet: bool = False
    ) -> None:
        self.root, self.out, self.seeds, self.planet = root, out, seeds, planet
        name = 'planet.yaml' if planet else 'earth.yaml'
        self.file = read_yaml(resources.files(__package__) / name, name)
        self.stamps = out / '.done'
        self.logs = out / 'logs'
        self.world = out / 'world'
        self.earth = out / 'earth'
        self.index = out / 'index.parquet'
        self.americas = out / 'americas.parquet'
        self.climate = out / 'climate'
        self.masks = out / 'masks'
        self.pretrain = out / 'pretrain'
        iterations = self.file['iterations']
        self.checkpoint = self.pretrain / f'iter_{iterations}.pth'
        self.backbone = out / 'backbone.pth'
        self.tasks = out / 'tasks'
        self.page = out / 'index.html'

    def all_tasks(self) -> list[Task]:
        """The tasks of the demo, in the order of the page."""
        return [Task(**fields) for fields in self.file['tasks']]

    def results(self, task: Task) -> Path:
        """Results table of a task."""
        return self.tasks / task.name / 'results.csv'

    def predictions(self, task: Task, method: str, seed: int) -> Path:
        """Folder of the masks that a segmentation run predicted."""
        return self.tasks / task.name / f'{method}-{seed}' / 'predictions'


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
    values = {
        **vars(layout),
        'count': layout.seeds,
        'seeds': ' '.join(map(str, range(layout.seeds))),
    }
    values['options'] = layout.file.get('options', '').format(**values)
    tasks = [{**values, **asdict(task)} for task in layout.all_tasks()]
    return [
        _step(entry, tasks if entry['name'] == 'tasks' else [values])
        for entry in layout.file['steps']
    ]


def _step(entry: dict[str, Any], runs: list[dict[str, Any]]) -> Step:
    """A step of the file, with its commands for each of ``runs``."""
    configs: set[Path] = set()
    commands, outputs = [], []
    for values in runs:
        for line in entry.get('commands') or values['commands']:
            commands.append(_command(line, values, configs))
        outputs += [Path(name.format(**values)) for name in entry['leaves']]
    return Step(
        entry['name'],
        entry['title'].format(**runs[0]),
        tuple(commands),
        tuple(outputs),
        tuple(sorted(configs)),
    )


def _command(
    line: str, values: Mapping[str, Any], configs: set[Path]
) -> Command:
    """A line of the file as a command; adds the configs that it reads."""
    root = values['root']
    words: list[str] = []
    for word in line.split():
        if word.startswith('configs/'):
            path = root / word
            # Those beside it and the bases, which it may build on.
            configs.update(path.parent.glob('*.py'))
            configs.update((root / 'configs' / '_base_').rglob('*.py'))
            words.append(str(path))
        elif word.endswith('.py'):
            words += [sys.executable, str(root / 'tools' / word)]
        elif word in ('{seeds}', '{options}'):
            # These are several words.
            words += values[word[1:-1]].split()
        else:
            words.append(word.format(**values))
    # Variables of the environment stand before the tool.
    return ('env', *words) if words[0] != sys.executable else tuple(words)


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
