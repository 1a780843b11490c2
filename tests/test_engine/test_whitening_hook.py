"""Real runs start from their own images, once."""

from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.runner import Runner
from torch import nn

from geokr_mm.engine.hooks import WhiteningHook
from geokr_mm.errors import InputError
from geokr_mm.models.whitening import window_statistics
from geokr_mm.registry import MODELS

CONFIG = 'configs/geokr/geokr_resnet18_smoke_tiny-world.py'
STEM = 'backbone.conv1.weight'


def runner_of(repo: Path, index: Path, work_dir: Path, **options) -> Runner:
    cfg = Config.fromfile(repo / CONFIG)
    cfg.custom_hooks.append(dict(type='geokr_mm.WhiteningHook', images=40))
    for name in ('val', 'test'):
        for part in ('dataloader', 'cfg', 'evaluator'):
            cfg[f'{name}_{part}'] = None
    cfg.merge_from_dict(
        {
            'work_dir': str(work_dir),
            'train_dataloader.dataset.index': str(index),
            'train_cfg.max_iters': 1,
            'train_cfg.val_interval': 1000,
            'default_hooks.checkpoint.interval': 1,
            'default_hooks.checkpoint.max_keep_ckpts': -1,
            **options,
        }
    )
    return Runner.from_cfg(cfg)


def state(work_dir: Path, step: int) -> dict:
    """State of one checkpoint of our own making."""
    path = work_dir / f'iter_{step}.pth'
    return torch.load(path, map_location='cpu', weights_only=False)[
        'state_dict'
    ]


@pytest.fixture(scope='module')
def run(repo, tiny_index, tmp_path_factory) -> Path:
    """A step that learns nothing, a stop, another after resuming."""
    work_dir = tmp_path_factory.mktemp('run')
    still = {'optim_wrapper.optimizer.lr': 0.0, 'param_scheduler': None}
    for steps in (1, 2):
        runner = runner_of(
            repo,
            tiny_index,
            work_dir,
            **still,
            **{'train_cfg.max_iters': steps, 'resume': steps > 1},
        )
        runner.train()
    return work_dir


def test_filters_fit_the_views_of_the_run(run, repo, tiny_index, tmp_path):
    """On other views of the same patches they are nearly white."""
    weight = state(run, 1)[STEM]
    runner = runner_of(repo, tiny_index, tmp_path)
    views = list(WhiteningHook(images=80)._views(runner))
    mean, covariance = window_statistics(views, weight.shape[2:])
    # One of each pair.
    rows = weight.double().flatten(1)[0:40:2]
    answers = rows @ covariance @ rows.T
    strength = answers.diagonal()
    assert strength.min() > 0.3 and strength.max() < 3.0
    apart = answers / (strength[:, None] * strength).sqrt()
    assert (apart - torch.eye(20)).abs().mean() < 0.1


def test_teacher_starts_as_the_student(run):
    after = state(run, 1)
    assert torch.equal(after[STEM], after[f'teacher.{STEM}'])


def test_a_resumed_run_goes_on_with_its_filters(run):
    assert torch.equal(state(run, 1)[STEM], state(run, 2)[STEM])


def test_a_backbone_from_a_file_keeps_its_filters(repo, tiny_index, tmp_path):
    backbone = MODELS.build(dict(type='mmpretrain.ResNet', depth=18))
    file = tmp_path / 'backbone.pth'
    torch.save(backbone.state_dict(), file)
    start = dict(type='Pretrained', checkpoint=str(file))
    runner = runner_of(
        repo, tiny_index, tmp_path, **{'model.backbone.init_cfg': start}
    )
    runner.model.init_weights()
    runner.call_hook('before_train')
    assert torch.equal(
        runner.model.backbone.conv1.weight, backbone.conv1.weight
    )


def test_what_cannot_be_whitened_stops_the_run(repo, tiny_index, tmp_path):
    runner = runner_of(repo, tiny_index, tmp_path)
    runner.model.backbone.conv1 = nn.Conv2d(3, 64, 7, dilation=2)
    with pytest.raises(InputError, match='dilated.*take WhiteningHook out'):
        runner.call_hook('before_train')
    runner.model.backbone = nn.Linear(2, 2)
    with pytest.raises(InputError, match='no convolution.*out'):
        runner.call_hook('before_train')


def test_student_and_teacher_start_with_branches_as_loud(
    repo, tiny_index, tmp_path
):
    runner = runner_of(repo, tiny_index, tmp_path)
    hook = WhiteningHook(images=8, branch_scale=0.25)
    hook.before_train(runner)
    state = runner.model.state_dict()
    for key in ('layer1.0.bn2.weight', 'layer4.1.bn2.weight'):
        for branch in ('backbone.', 'teacher.backbone.'):
            assert (state[branch + key] == 0.25).all()
    assert (state['backbone.layer1.0.bn1.weight'] == 1).all()


def test_branches_that_are_not_there_stop_the_run(repo, tiny_index, tmp_path):
    runner = runner_of(repo, tiny_index, tmp_path)
    runner.model.backbone = nn.Sequential(nn.Conv2d(3, 8, 3))
    hook = WhiteningHook(images=8, branch_scale=0.25)
    with pytest.raises(InputError, match='no residual.*branch_scale out'):
        hook.before_train(runner)


def test_what_makes_no_start_is_refused():
    with pytest.raises(ValueError, match='images must be 1 or more, got 0'):
        WhiteningHook(images=0)
    with pytest.raises(ValueError, match='branch_scale must be .* got -1'):
        WhiteningHook(branch_scale=-1)
