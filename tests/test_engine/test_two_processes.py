"""Real runs in two processes on CPUs, which talk through gloo."""

import json
from pathlib import Path

import pytest
import torch

from geokr_mm.export.checkpoint import read_checkpoint

pytestmark = pytest.mark.slow

# Without batch norm, whose means are each process's own, and without random
# views, so that two processes see what one sees.
CONFIG = """
_base_ = [
    '{configs}/models/geokr_resnet18.py',
    '{configs}/default_runtime.py',
]
model = dict(
    backbone=dict(
        stem_channels=8,
        base_channels=8,
        norm_cfg=dict(type='GN', num_groups=2),
    ),
    # Of GN as well, for the same reason.
    neck=dict(norm_cfg=dict(_delete_=True, type='GN', num_groups=2)),
    data_preprocessor=dict(
        type='geokr_mm.BandDataPreprocessor', mean=[120.0] * 3, std=[60.0] * 3
    ),
)
train_dataloader = dict(
    batch_size=2,
    num_workers=1,
    sampler=dict(type='DefaultSampler', shuffle=True),
    collate_fn=dict(type='default_collate'),
    dataset=dict(
        type='geokr_mm.GeoKRDataset',
        index='{index}',
        bands=['red', 'green', 'blue'],
        pipeline=[
            dict(type='geokr_mm.LoadPatch'),
            dict(type='geokr_mm.PackKnowledgeInputs'),
        ],
    ),
)
optim_wrapper = dict(type='OptimWrapper', optimizer=dict(type='SGD', lr=0.05))
train_cfg = dict(type='IterBasedTrainLoop', max_iters=3)
default_hooks = dict(
    logger=dict(interval=1),
    checkpoint=dict(by_epoch=False, interval=1, max_keep_ckpts=-1)
)
log_processor = dict(by_epoch=False, window_size=1)
"""


@pytest.fixture(scope='module')
def config(repo, tiny_index, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp('processes') / 'small.py'
    bases = repo / 'configs' / '_base_'
    path.write_text(
        CONFIG.replace('{configs}', str(bases)).replace(
            '{index}', str(tiny_index)
        )
    )
    return path


@pytest.fixture(scope='module')
def two(in_two, config) -> Path:
    """Checkpoints of two processes with two patches each."""
    folder = config.parent / 'two'
    status, log = in_two(config, '--work-dir', str(folder))
    assert status == 0, log
    return folder


def test_two_processes_train_what_one_does(two, config, in_one):
    folder = config.parent / 'one'
    in_one(
        config,
        work_dir=str(folder),
        cfg_options=['train_dataloader.batch_size=4'],
    )
    for step in (1, 3):
        mine = read_checkpoint(folder / f'iter_{step}.pth')['state_dict']
        theirs = read_checkpoint(two / f'iter_{step}.pth')['state_dict']
        assert mine.keys() == theirs.keys()
        for name, value in mine.items():
            torch.testing.assert_close(
                theirs[name], value, rtol=1e-4, atol=1e-5, msg=name
            )
    first = read_checkpoint(two / 'iter_1.pth')['state_dict']
    assert not torch.equal(first['head.fc.weight'], theirs['head.fc.weight'])


def test_a_config_for_eight_gpus_trains_on_two_cpus(repo, tiny_index, in_two):
    """The error names SyncBN, which needs GPUs, and what to write."""
    path = (
        repo / 'configs' / 'geokr' / 'geokr_resnet50_8xb64-coslr-100e_rgb.py'
    )
    work = tiny_index.parent / 'eight'
    options = [
        *('--work-dir', str(work), '--cfg-options'),
        *('model.backbone.base_channels=8', 'model.backbone.stem_channels=8'),
        *('train_dataloader.batch_size=2', 'val_dataloader.batch_size=2'),
        *('train_dataloader.num_workers=0', 'val_dataloader.num_workers=0'),
        f'train_dataloader.dataset.index={tiny_index}',
        'train_dataloader.dataset.indices=8',
        'train_dataloader.dataset.pipeline.1.scale=64',
        'val_dataloader.dataset.pipeline.1.scale=(64,64)',
        *('train_cfg.max_epochs=1', 'train_cfg.val_interval=1'),
    ]
    status, log = in_two(path, *options)
    assert status != 0
    assert 'error: sync_bn: batch norm over all processes needs GPUs' in log
    assert 'add --cfg-options sync_bn=None' in log
    status, log = in_two(path, *options, 'sync_bn=None')
    assert status == 0, log
    end = read_checkpoint(work / 'epoch_1.pth')
    assert end['meta']['iter'] == 2
    assert end['meta']['geokr_step'] == dict(world_size=2, batch_size=2)


def logged(folder: Path) -> list[dict[str, float]]:
    """What the log of a run says of each step."""
    (log,) = folder.glob('*/vis_data/scalars.json')
    return [json.loads(line) for line in log.read_text().splitlines()]


def test_their_log_is_that_of_one(two, config):
    one = logged(config.parent / 'one')
    assert len(one) == 3
    for mine, theirs in zip(one, logged(two), strict=True):
        for name in ('loss', 'loss_knowledge', 'loss_correction', 'tv'):
            assert theirs[name] == pytest.approx(mine[name], rel=1e-4), name


def test_going_on_with_another_number_is_logged(two, config, in_one, capfd):
    in_one(
        config,
        work_dir=str(two),
        resume='auto',
        cfg_options=['train_cfg.max_iters=4'],
    )
    log = capfd.readouterr()
    assert (
        'trained with world_size 2 of batch_size 2, goes on with world_size '
        '1 of batch_size 2'
    ) in log.out + log.err
    assert read_checkpoint(two / 'iter_4.pth')['meta']['iter'] == 4


def test_an_error_is_one_line(in_two, config):
    """In the first patch that either reads, so that both stop."""
    status, log = in_two(
        config,
        *('--work-dir', str(config.parent / 'bad'), '--cfg-options'),
        'train_dataloader.dataset.scene_root=nowhere',
    )
    assert status != 0
    ours = [line for line in log.splitlines() if line.startswith('error: ')]
    assert len(ours) == 1 and 'nowhere' in ours[0], log
    # The one of torch.distributed.run, which it shows for any failure.
    assert log.count('Traceback') == 1
    assert 'tools/train.py", line' not in log
