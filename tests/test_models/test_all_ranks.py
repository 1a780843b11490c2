"""Every method in two processes trains what one process does.

mmpretrain's MAE is left out, since each process draws its own masks.
"""

import copy
import logging
import os
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from mmengine.logging import MessageHub, MMLogger
from mmengine.model import MMDistributedDataParallel
from mmengine.optim import build_optim_wrapper
from mmengine.registry import DefaultScope
from mmpretrain.structures import DataSample

from geokr_mm.config import load_config
from geokr_mm.registry import MODELS

pytestmark = pytest.mark.slow

CONFIGS = Path(__file__).parents[2] / 'configs'
STEPS, B, K, ROWS = 20, 8, 5, 24
# Group norm, since batch norm reads the patches of one process.
BACKBONE = dict(
    type='ResNet', depth=18, stem_channels=4, base_channels=4,
    norm_cfg=dict(type='GN', num_groups=2), zero_init_residual=False,
)  # fmt: skip


def methods():
    """Settings of all models, by the names of their configs."""
    found = {}
    for path in sorted(CONFIGS.glob('*/*_1xb32-coslr-21e_earth.py')):
        model = load_config(path, []).model
        if 'published' not in path.name and model.type != 'MAE':
            found[path.name.split('_')[0]] = model
    return found


METHODS = methods()
# Their gradients are smaller by the number of processes, which Adam evens out.
SMALLER = ('SimCLR', 'BarlowTwins')


def build(settings):
    settings = copy.deepcopy(settings)
    torch.manual_seed(0)
    stages = settings.backbone.get('out_indices', (3,))
    settings.backbone = dict(BACKBONE, out_indices=stages)
    settings.data_preprocessor = None
    ours = settings.type == 'geokr_mm.GeoKR'
    if ours:
        settings.head.num_classes = K
    if settings.get('neck') and 'hid_channels' in settings.neck:
        settings.neck.update(hid_channels=16, out_channels=8)
        if not ours:
            settings.neck.in_channels = 32
    if 'predictor' in settings.head:
        settings.head.predictor.update(
            in_channels=8, hid_channels=16, out_channels=8
        )
    if settings.type == 'BarlowTwins':
        settings.head.in_channels = 8
    if settings.type == 'MoCo':
        settings.update(queue_len=4 * B, feat_dim=8)
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        model = MODELS.build(settings)
    MMLogger.get_current_instance().setLevel(logging.WARNING)
    model.init_weights()
    rng = np.random.default_rng(0)
    for module in model.modules():
        if hasattr(module, 'resize'):
            module.resize(ROWS)
        if hasattr(module, 'fit'):
            module.fit(rng.uniform((-180, -90), (180, 90), (200, 2)))
    # Twenty steps make differences of float32 grow.
    model.double().train()
    for module in model.modules():
        if isinstance(module, torch.nn.modules.batchnorm._BatchNorm):
            module.eval()
    return model


def batch(step, size):
    """Views and samples of all processes together."""
    torch.manual_seed(step)
    views = [torch.randn(B, 3, size, size) for _ in range(2)]

    def mixture(*shape):
        return (3 * torch.randn(*shape, K)).softmax(dim=-1)

    rows = torch.randperm(ROWS)[:B]
    samples = []
    for n in range(B):
        sample = DataSample()
        for key, value in dict(
            class_fractions=mixture(),
            view_fractions=mixture(2),
            grid_fractions=mixture(8, 8),
            grid_valid=torch.rand(8, 8),
            view_valid=torch.rand(2),
            row=rows[n : n + 1],
            lonlat=torch.rand(2).double() * 80,
            **{
                key: torch.rand(1)
                for key in ('valid_fraction', 'shared_ground', 'confidence',
                            'disagreement', 'change')
            },
        ).items():  # fmt: skip
            sample.set_field(value, key)
        samples.append(sample)
    return views, samples


def train(settings, rank=0, world=1):
    """State and losses after some steps; each process takes its part."""
    model = network = build(settings)
    if world > 1:
        network = MMDistributedDataParallel(model, broadcast_buffers=False)
    wrapper = build_optim_wrapper(
        model,
        dict(
            type='OptimWrapper',
            optimizer=dict(type='SGD', lr=0.02, momentum=0.9),
            clip_grad=dict(max_norm=1.0),
        ),
    )
    hub = MessageHub.get_current_instance()
    hub.update_info('max_iters', STEPS)
    mine = slice(rank * B // world, (rank + 1) * B // world)
    size = 64 if 'Gridded' in settings.head.type else 32
    factor = world if settings.type in SMALLER else 1
    logged = []
    for step in range(STEPS):
        hub.update_info('iter', step)
        views, samples = batch(step, size)
        losses = network(
            [v[mine].double() for v in views], samples[mine], mode='loss'
        )
        total, found = model.parse_losses(losses)
        wrapper.update_params(factor * total)
        if getattr(model, 'teacher', None) is not None:
            model.teacher.follow(model, 0.9)
        for module in model.modules():
            if hasattr(module, 'after_iteration'):
                module.after_iteration()
        logged.append(
            [found[key].detach() for key in ('loss', 'tv') if key in found]
        )
    hub.update_info('iter', 0)
    return model.state_dict(), torch.tensor(logged)


def _on_one_rank(rank, file, out):
    torch.set_num_threads(1)
    dist.init_process_group(
        'gloo', init_method=f'file://{file}', rank=rank, world_size=2
    )
    found = {name: train(each, rank, 2) for name, each in METHODS.items()}
    torch.save(found, f'{out}/{rank}.pth')
    # To free the group, which the wrapped model holds, may wait for ever.
    os._exit(0)


@pytest.fixture(scope='module')
def ranks(tmp_path_factory):
    out = tmp_path_factory.mktemp('ranks')
    mp.start_processes(
        _on_one_rank,
        (str(out / 'rendezvous'), str(out)),
        nprocs=2,
        start_method='fork',
    )
    return [torch.load(out / f'{rank}.pth') for rank in range(2)]


@pytest.mark.parametrize('name', METHODS)
def test_two_processes_train_what_one_does(ranks, name):
    """Weights, teacher, queue, label corrections, memory; and all losses."""
    state, losses = train(METHODS[name])
    one, two = (rank[name] for rank in ranks)
    torch.testing.assert_close(
        (one[1] + two[1]) / 2, losses, rtol=1e-5, atol=1e-5
    )
    assert losses[0].ne(losses[-1]).any()
    for key, value in state.items():
        torch.testing.assert_close(
            one[0][key], value, rtol=1e-5, atol=1e-5, msg=f'{name}: {key}'
        )
        assert torch.equal(one[0][key], two[0][key]), key
