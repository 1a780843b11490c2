"""A transformer whose weights are spread over two processes on CPUs."""

import shutil

import pytest
import torch

from geokr_mm.errors import InputError
from geokr_mm.export.checkpoint import read_checkpoint

pytestmark = pytest.mark.slow

# ViT-L of the shipped config but for its size. Without projector, whose batch
# norm turns the last digits of two patches into large ones.
CONFIG = """
_base_ = ['{configs}/geokr/geokr_vit-large-p16_8xb64-coslr-100e_rgb.py']
model = dict(
    neck=None,
    backbone=dict(
        arch=dict(
            _delete_=True, embed_dims=32, num_layers=3, num_heads=2,
            feedforward_channels=64,
        ),
        img_size=64,
        drop_path_rate=0.0,
    ),
)
sync_bn = None
# Rounding to bfloat16 would make last digits larger.
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(
        _delete_=True, type='SGD', lr=0.05, momentum=0.9, weight_decay=0.05
    ),
    paramwise_cfg=dict(layer_decay_rate=0.9),
)
param_scheduler = None
train_dataloader = dict(
    batch_size=2,
    num_workers=0,
    persistent_workers=False,
    dataset=dict(index='{index}', places='all'),
)
_base_.train_dataloader.dataset.pipeline[1]['scale'] = 64
val_dataloader = val_evaluator = val_cfg = None
test_dataloader = test_evaluator = test_cfg = None
train_cfg = dict(_delete_=True, type='IterBasedTrainLoop', max_iters=4)
default_hooks = dict(
    logger=dict(interval=1),
    checkpoint=dict(by_epoch=False, interval=1, max_keep_ckpts=-1),
)
log_processor = dict(by_epoch=False, window_size=1)
randomness = dict(seed=0)
"""


@pytest.fixture(scope='module')
def config(repo, tiny_index, tmp_path_factory):
    path = tmp_path_factory.mktemp('sharded') / 'small.py'
    path.write_text(
        CONFIG.replace('{configs}', str(repo / 'configs')).replace(
            '{index}', str(tiny_index)
        )
    )
    return path


@pytest.fixture(scope='module')
def sharded(in_two, config):
    """Work folder of a run whose model is spread over the processes."""
    folder = config.parent / 'sharded'
    status, log = in_two(config, '--work-dir', str(folder))
    assert status == 0, log
    assert 'ShardedRunner' not in log
    return folder


def states(folder, number):
    return read_checkpoint(folder / f'iter_{number}.pth')


def test_it_trains_what_whole_models_do(in_two, config, sharded):
    """Each of two processes has the whole model in the other run."""
    folder = config.parent / 'whole'
    status, log = in_two(
        config,
        *('--work-dir', str(folder)),
        *('--cfg-options', 'runner_type=None'),
    )
    assert status == 0, log
    for number in (2, 4):
        mine = states(sharded, number)['state_dict']
        whole = states(folder, number)['state_dict']
        assert mine.keys() == whole.keys()
        for name, value in whole.items():
            torch.testing.assert_close(
                mine[name], value, rtol=1e-5, atol=1e-6, msg=name
            )
    early = states(sharded, 2)['state_dict']
    for name in ('head.fc.weight', 'teacher.backbone.cls_token'):
        assert not torch.equal(early[name], mine[name])


def test_it_goes_on_bit_by_bit(in_two, config, sharded):
    folder = config.parent / 'again'
    shutil.copytree(sharded, folder)
    for path in folder.glob('iter_4*'):
        path.unlink()
    (folder / 'last_checkpoint').write_text(str(folder / 'iter_2.pth'))
    status, log = in_two(config, '--resume', '--work-dir', str(folder))
    assert status == 0, log
    mine, before = states(folder, 4), states(sharded, 4)
    assert mine['meta']['iter'] == before['meta']['iter'] == 4
    for name, value in before['state_dict'].items():
        assert torch.equal(mine['state_dict'][name], value), name
    assert mine['optimizer']['state'].keys() == (
        before['optimizer']['state'].keys()
    )


def test_one_process_takes_the_weights_alone(config, sharded, in_one):
    checkpoint = str(sharded / 'iter_4.pth')
    with pytest.raises(InputError, match='start with python -m torch'):
        in_one(config)
    given = dict(cfg_options=['runner_type=None'])
    with pytest.raises(InputError, match='goes on only so; or start a new'):
        in_one(config, resume=checkpoint, **given)
    given['cfg_options'] += [
        f'load_from={checkpoint}',
        'train_cfg.max_iters=1',
    ]
    folder = config.parent / 'one'
    in_one(config, work_dir=str(folder), **given)
    assert states(folder, 1)['meta']['iter'] == 1
