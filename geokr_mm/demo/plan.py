"""The steps of the demo, as commands that a user would type."""

import os
import re
import shlex
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from .step import Step

PRETRAIN = 'configs/geokr/geokr_resnet18_1xb32-coslr-180i_demo-world.py'
ITERATIONS = 180
DOWNSTREAM = 'configs/downstream'
SEED = 0
BASES = re.compile(r'_base_\s*=\s*(\[.*?\]|[\'"].*?[\'"])', re.DOTALL)


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
        'resnet18_geokr-pre_1xb32-20e_world-scenes.py',
        10,
        '10 labelled images a class',
        'accuracy',
        ('train_cfg.max_epochs=8', 'param_scheduler.0.T_max=8'),
    ),
    Task(
        'cover',
        'Land-cover segmentation, backbone frozen',
        f'{DOWNSTREAM}/mmsegmentation/'
        'fpn-resnet18_geokr-pre_1xb8-150i_world-cover.py',
        20,
        '20 labelled images',
        'mean IoU',
        # So few steps on so few images teach a backbone nothing, whichever
        # its start; frozen in both twins, they read what it knows already.
        (
            'train_cfg.max_iters=100',
            'param_scheduler.0.T_max=100',
            'optim_wrapper.optimizer.lr=0.002',
            'model.backbone.frozen_stages=4',
            'model.backbone.norm_eval=True',
        ),
    ),
)


@dataclass(frozen=True)
class Layout:
    """Where the demo keeps its things.

    Args:
        root (Path): Folder with ``tools`` and ``configs``.
        out (Path): Folder of the demo, as the user gave it.
        seeds (int): Fine-tuning runs from each start.
    """

    root: Path
    out: Path
    seeds: int = 3

    @property
    def stamps(self) -> Path:
        """Notes of finished steps."""
        return self.out / '.done'

    @property
    def logs(self) -> Path:
        """Logs of the commands."""
        return self.out / 'logs'

    @property
    def world(self) -> Path:
        """The synthetic planet."""
        return self.out / 'world'

    @property
    def index(self) -> Path:
        """The knowledge index."""
        return self.out / 'index.parquet'

    @property
    def pretrain(self) -> Path:
        """Work folder of the pre-training."""
        return self.out / 'pretrain'

    @property
    def checkpoint(self) -> Path:
        """Last checkpoint of the pre-training."""
        return self.pretrain / f'iter_{ITERATIONS}.pth'

    @property
    def backbone(self) -> Path:
        """The exported backbone."""
        return self.out / 'backbone.pth'

    @property
    def page(self) -> Path:
        """The HTML page."""
        return self.out / 'index.html'

    def runs(self, task: Task) -> Path:
        """Work folder of a task's fine-tuning."""
        return self.out / 'finetune' / task.name

    def results(self, task: Task) -> Path:
        """Results table of a task."""
        return self.runs(task) / 'results.csv'

    def predictions(self, task: Task, method: str, seed: int) -> Path:
        """Folder of the masks that a segmentation run predicted."""
        return self.runs(task) / f'{method}-{seed}' / 'predictions'


def plan(layout: Layout) -> list[Step]:
    """All steps, in order.

    Args:
        layout (Layout): Where things lie.

    Returns:
        list[Step]: World, index, pre-training, export, fine-tuning, page.
    """
    tool = layout.root / 'tools'

    def python(name: str, *words: object) -> tuple[str, ...]:
        return (sys.executable, str(tool / name), *map(str, words))

    world = Step(
        'world',
        'Make a small planet: scenes, an older map, few labels',
        (
            python(
                'make_world.py',
                '--preset',
                'demo',
                '--seed',
                SEED,
                layout.world,
            ),
        ),
        (layout.world,),
    )
    index = Step(
        'index',
        'Ask the map about every patch: the knowledge index',
        (
            python(
                'build_index.py',
                *('--scenes', layout.world / 'scenes'),
                *('--product', 'globeland30'),
                *('--land-cover', layout.world / 'landcover'),
                *('--patch-size', 64, '--out', layout.index),
            ),
        ),
        (layout.index,),
        after=(world,),
    )
    config = layout.root / PRETRAIN
    pretrain = Step(
        'pretrain',
        'Pre-train GeoKR on the patches, without any label',
        (
            python(
                'train.py',
                config,
                *('--work-dir', layout.pretrain),
                '--cfg-options',
                f'train_dataloader.dataset.index={layout.index}',
            ),
        ),
        (layout.pretrain,),
        sources=_with_bases(config),
        after=(index,),
    )
    export = Step(
        'export',
        "Export the teacher's backbone",
        (python('export_backbone.py', layout.checkpoint, layout.backbone),),
        (layout.backbone, layout.backbone.with_suffix('.safetensors')),
        after=(pretrain,),
    )
    finetune = Step(
        'finetune',
        f'Fine-tune with few labels, {layout.seeds} seeds from each start',
        tuple(_finetune(layout, task, python) for task in TASKS),
        tuple(layout.runs(task) for task in TASKS),
        sources=tuple(
            path
            for task in TASKS
            for path in _with_bases(layout.root / task.config)
        ),
        after=(export,),
    )
    page = Step(
        'page',
        'Draw the page',
        (
            python(
                'demo.py',
                '--out',
                layout.out,
                '--seeds',
                layout.seeds,
                '--only-page',
            ),
        ),
        (layout.page,),
        after=(finetune,),
    )
    return [world, index, pretrain, export, finetune, page]


def _finetune(
    layout: Layout, task: Task, python: Callable[..., tuple[str, ...]]
) -> tuple[str, ...]:
    return (
        'env',
        f'GEOKR_WORLD={layout.world}',
        *python(
            'finetune.py',
            layout.root / task.config,
            *('--init', 'random', layout.backbone),
            *('--seeds', *range(layout.seeds)),
            *('--labels', task.labels),
            *('--work-dir', layout.runs(task)),
            *('--results', layout.results(task)),
            *('--cfg-options', *task.options),
        ),
    )


def _with_bases(config: Path) -> tuple[Path, ...]:
    """A config and all that it builds on."""
    bases = BASES.search(config.read_text())
    found = [config]
    for name in re.findall(
        r'[\'"]([^\'"]+\.py)[\'"]', bases[1] if bases else ''
    ):
        found += _with_bases(Path(os.path.normpath(config.parent / name)))
    return tuple(found)


def printable(command: Sequence[str]) -> str:
    """A command as one types it at the current folder.

    Args:
        command (Sequence[str]): Program with arguments.
    """
    here = os.getcwd() + os.sep
    words = [
        'python' if word == sys.executable else word.replace(here, '')
        for word in command
    ]
    if words[0] == 'env':
        words = words[1:]
    return ' '.join(shlex.quote(word) for word in words)
