"""A small model, and runs of it that stop and go on."""

import copy
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from mmengine.config import Config

from geokr_mm.engine.settings import settle_knowledge
from geokr_mm.runners import build_runner, train_runner

TEXT = """
_base_ = [
    '{bases}/models/geokr_resnet18.py',
    '{bases}/default_runtime.py',
]
model = dict(
    backbone=dict(stem_channels=8, base_channels=8),
    neck=dict(hid_channels=16, out_channels=8),
    head=dict(num_classes=10),
    data_preprocessor=dict(
        type='geokr_mm.BandDataPreprocessor', mean=[120.0] * 3, std=[60.0] * 3
    ),
)
view = [
    dict(type='RandomResizedCrop', scale=32, crop_ratio_range=(0.5, 1.0)),
    dict(type='geokr_mm.RandomRightAngle'),
    dict(
        type='geokr_mm.ColorJitter',
        brightness=0.4,
        contrast=0.4,
        saturation=0.4,
        hue=0.1,
    ),
    dict(type='RandomGrayscale', prob=0.2, keep_channels=True),
]
train_dataloader = dict(
    batch_size=4,
    num_workers=0,
    drop_last=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
    collate_fn=dict(type='default_collate'),
    dataset=dict(
        type='geokr_mm.GeoKRDataset',
        index='{index}',
        bands=['red', 'green', 'blue'],
        pipeline=[
            dict(type='geokr_mm.LoadPatch'),
            dict(type='MultiView', num_views=[2], transforms=[view]),
            dict(type='geokr_mm.PackKnowledgeInputs'),
        ],
    ),
)
optim_wrapper = dict(
    type='OptimWrapper', optimizer=dict(type='AdamW', lr=1e-3)
)
param_scheduler = [
    dict(type='CosineAnnealingLR', T_max=24, by_epoch=False, end=24)
]
train_cfg = dict(type='IterBasedTrainLoop', max_iters=3)
default_hooks = dict(
    logger=dict(interval=1),
    checkpoint=dict(by_epoch=False, interval=1, max_keep_ckpts=1),
)
log_processor = dict(by_epoch=False, window_size=1)
"""
# 32 patches in batches of 4.
EPOCH = 8
BY_EPOCH: dict[str, Any] = {
    'train_cfg': dict(_delete_=True, type='EpochBasedTrainLoop', max_epochs=3),
    'default_hooks.checkpoint.by_epoch': True,
    'log_processor.by_epoch': True,
}

Run = Callable[..., Any]


@pytest.fixture(scope='session')
def small_config(repo, scene_index, tmp_path_factory) -> Path:
    """Config file of a small GeoKR on 32 patches."""
    index = scene_index(('red', 'green', 'blue'))
    path = tmp_path_factory.mktemp('faults') / 'small.py'
    text = TEXT.replace('{bases}', str(repo / 'configs' / '_base_'))
    path.write_text(text.replace('{index}', str(index)))
    return path


@pytest.fixture
def run(small_config) -> Run:
    """Train in this process as tools/train.py does; gives the runner."""
    count = 0

    def train(
        work_dir: Path,
        resume: bool = False,
        hooks: Sequence[Any] = (),
        **options: Any,
    ) -> Any:
        nonlocal count
        count += 1
        config = Config.fromfile(small_config)
        config.merge_from_dict(
            dict(
                work_dir=str(work_dir),
                resume=resume,
                # mmengine names a run by the second.
                experiment_name=f'{work_dir.name}-{os.getpid()}-{count}',
                **copy.deepcopy(options),
            )
        )
        settle_knowledge(config)
        runner = build_runner(config)
        for hook in hooks:
            runner.register_hook(hook)
        train_runner(runner)
        return runner

    return train
