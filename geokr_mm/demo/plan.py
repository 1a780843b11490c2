"""The steps of the demo, as commands that a user would type."""

import os
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PRETRAIN = 'configs/geokr/geokr_resnet18_1xb32-coslr-180i_demo-world.py'
ITERATIONS = 180
DOWNSTREAM = 'configs/downstream'
SEED = 0
Command = tuple[str, ...]


@dataclass(frozen=True)
class Task:
    """A downstream task of the demo.

    Args:
        name (str): Names its folder.
        title (str): In the table.
        config (str): Config below the repository root.
        labels (int): Labelled images, of each class in classification.
        labels_title (str): The same in words.
        metric_title (str): What is measured, in words.
        options (tuple[str, ...]): Settings that keep a run short.
    """

    name: str
    title: str
    config: str
    labels: int
    labels_title: str
    metric_title: str
    options: tuple[str, ...]


TASKS = (
    Task(
        'scenes',
        'Scene classes',
        f'{DOWNSTREAM}/mmpretrain/'
        'resnet18_geokr-pre_1xb32-coslr-20e_world-scenes.py',
        10,
        '10 labelled images a class',
        'accuracy',
        ('train_cfg.max_epochs=8', 'param_scheduler.0.T_max=8'),
    ),
    Task(
        'cover',
        'Land-cover segmentation, backbone frozen',
        f'{DOWNSTREAM}/mmsegmentation/'
        'fpn-resnet18_geokr-pre_1xb8-coslr-150i_world-cover.py',
        20,
        '20 labelled images',
        'mean IoU',
        # So few steps on so few images teach a backbone nothing, whichever
        # its start; frozen in both twins, they show what it has learnt.
        (
            'train_cfg.max_iters=100',
            'param_scheduler.0.T_max=100',
            'optim_wrapper.optimizer.lr=0.002',
            'model.backbone.frozen_stages=4',
            'model.backbone.norm_eval=True',
        ),
    ),
)


class Layout:
    """Where the demo keeps its files.

    Args:
        root (Path): Folder with ``tools`` and ``configs``.
        out (Path): Folder of the demo, as the user gave it.
        seeds (int): Fine-tuning runs from each start.
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
    """Commands, and what they leave.

    Args:
        name (str): Short, unique; names stamp and logs.
        title (str): One line for people.
        commands (tuple[Command, ...]): Programs with arguments. More than
            one run side by side and share the cores.
        outputs (tuple[Path, ...]): Files and folders that the step makes.
        configs (tuple[Path, ...]): Files whose content counts as a setting.
    """

    name: str
    title: str
    commands: tuple[Command, ...]
    outputs: tuple[Path, ...]
    configs: tuple[Path, ...] = ()


def plan(layout: Layout) -> list[Step]:
    """All steps; each may read what those before it left."""
    root, world, backbone = layout.root, layout.world, layout.backbone
    make = _tool(
        root, 'make_world.py', '--preset', 'demo', '--seed', SEED, world
    )
    build = _tool(
        root,
        'build_index.py',
        scenes=world / 'scenes',
        product='globeland30',
        land_cover=world / 'landcover',
        patch_size=64,
        out=layout.index,
    )
    train = _tool(
        root,
        'train.py',
        root / PRETRAIN,
        work_dir=layout.pretrain,
        cfg_options=f'train_dataloader.dataset.index={layout.index}',
    )
    export = _tool(root, 'export_backbone.py', layout.checkpoint, backbone)
    finetune = tuple(_finetune(layout, task) for task in TASKS)
    draw = _tool(
        root, 'demo.py', '--only-page', out=layout.out, seeds=layout.seeds
    )
    return [
        Step(
            'world',
            'Make a small planet: scenes, an older map, few labels',
            (make,),
            (world,),
        ),
        Step(
            'index',
            'Measure the class fractions of every patch: the knowledge index',
            (build,),
            (layout.index,),
        ),
        Step(
            'pretrain',
            'Pre-train GeoKR on the patches, without any label',
            (train,),
            (layout.pretrain,),
            _configs(root, PRETRAIN),
        ),
        Step(
            'export',
            "Export the teacher's backbone",
            (export,),
            (backbone, backbone.with_suffix('.safetensors')),
        ),
        Step(
            'finetune',
            f'Fine-tune with few labels, {layout.seeds} seeds from each start',
            finetune,
            tuple(layout.runs(task) for task in TASKS),
            tuple(c for task in TASKS for c in _configs(root, task.config)),
        ),
        Step('page', 'Draw the page', (draw,), (layout.page,)),
    ]


def _tool(root: Path, name: str, *words: object, **options: object) -> Command:
    """The command line of one of our tools."""
    line = [sys.executable, root / 'tools' / name, *words]
    for key, value in options.items():
        values = value if isinstance(value, (tuple, range)) else (value,)
        line += [f'--{key.replace("_", "-")}', *values]
    return tuple(map(str, line))


def _finetune(layout: Layout, task: Task) -> Command:
    tool = _tool(
        layout.root,
        'finetune.py',
        layout.root / task.config,
        init=('random', layout.backbone),
        seeds=range(layout.seeds),
        labels=task.labels,
        work_dir=layout.runs(task),
        results=layout.results(task),
        cfg_options=task.options,
    )
    return ('env', f'GEOKR_WORLD={layout.world}', *tool)


def _configs(root: Path, config: str) -> tuple[Path, ...]:
    """A config, those beside it and the bases that it may build on."""
    beside = (root / config).parent.glob('*.py')
    bases = (root / 'configs' / '_base_').rglob('*.py')
    return tuple(sorted([*beside, *bases]))


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
