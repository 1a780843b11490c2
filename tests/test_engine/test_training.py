"""Real runs: what the checkpoints of a trained teacher hold."""

from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.runner import Runner

import geokr_mm.registry  # noqa: F401
from geokr_mm.errors import InputError

CONFIG = 'configs/geokr/geokr_resnet18_smoke_tiny-world.py'


def train(
    repo: Path,
    index: Path,
    work_dir: Path,
    max_iters: int,
    resume: bool = False,
    **options,
) -> Runner:
    """Train the smoke config and keep a checkpoint of each iteration."""
    cfg = Config.fromfile(repo / CONFIG)
    cfg.merge_from_dict(
        {
            'work_dir': str(work_dir),
            'resume': resume,
            'train_dataloader.dataset.index': str(index),
            'train_cfg.max_iters': max_iters,
            'train_cfg.val_interval': 1000,
            'default_hooks.checkpoint.interval': 1,
            'default_hooks.checkpoint.max_keep_ckpts': -1,
            'val_dataloader': None,
            'val_cfg': None,
            'val_evaluator': None,
            'test_dataloader': None,
            'test_cfg': None,
            'test_evaluator': None,
            **options,
        }
    )
    runner = Runner.from_cfg(cfg)
    runner.train()
    return runner


def load(work_dir: Path, step: int) -> dict:
    """State and meta of one checkpoint of our own making."""
    return torch.load(
        work_dir / f'iter_{step}.pth', map_location='cpu', weights_only=False
    )


@pytest.fixture(scope='module')
def run(repo, tiny_index, tmp_path_factory) -> Path:
    """Two iterations, a stop, a third after resuming."""
    work_dir = tmp_path_factory.mktemp('run')
    train(repo, tiny_index, work_dir, 2)
    train(repo, tiny_index, work_dir, 3, resume=True)
    return work_dir


@pytest.mark.parametrize('step', [2, 3])
def test_each_step_moves_the_teacher_by_the_formula(run, step):
    before = load(run, step - 1)['state_dict']
    after = load(run, step)['state_dict']
    assert after.pop('teacher.moves') == step
    assert after.pop('teacher.start_share') == pytest.approx(0.99**step)
    checked = 0
    for name, value in after.items():
        if not name.startswith('teacher.'):
            continue
        student = after[name.removeprefix('teacher.')]
        if value.is_floating_point():
            expected = 0.99 * before[name] + 0.01 * student
            assert torch.allclose(value, expected, atol=1e-6), name
        else:
            assert torch.equal(value, student), name
        checked += 1
    assert checked > 100


def test_teacher_resumes_from_the_checkpoint(run):
    state = load(run, 3)
    assert state['meta']['iter'] == 3
    moved = load(run, 2)['state_dict']['teacher.head.fc.weight']
    assert not torch.equal(
        state['state_dict']['teacher.head.fc.weight'], moved
    )


def test_checkpoint_says_what_was_taught(run, tiny_index):
    from geokr_mm.geo.index.knowledge_index import KnowledgeIndex

    card = load(run, 3)['meta']['geokr']
    index = KnowledgeIndex.open(tiny_index)
    assert card['index_hash'] == index.metadata.inputs_hash
    assert card['bands'] == ['red', 'green', 'blue']
    assert card['legend'] == list(index.classes)
    # As data, so that nothing in a checkpoint is run to read it.
    assert card['config']['model']['type'] == 'geokr_mm.GeoKR'
    assert card['mean'] == pytest.approx([123.675, 116.28, 103.53])
    assert card['std'] == pytest.approx([58.395, 57.12, 57.375])


def test_same_seed_trains_the_same_weights(repo, tiny_index, run, tmp_path):
    train(repo, tiny_index, tmp_path, 2)
    again = load(tmp_path, 2)['state_dict']
    for name, value in load(run, 2)['state_dict'].items():
        assert torch.equal(value, again[name]), name


def test_accumulated_steps_move_the_teacher_once(repo, tiny_index, tmp_path):
    train(
        repo,
        tiny_index,
        tmp_path,
        2,
        **{'optim_wrapper.accumulative_counts': 2},
    )
    one, two = load(tmp_path, 1)['state_dict'], load(tmp_path, 2)['state_dict']
    name = 'teacher.head.fc.weight'
    assert torch.equal(one[name], one['head.fc.weight'])
    expected = 0.99 * one[name] + 0.01 * two['head.fc.weight']
    assert torch.allclose(two[name], expected, atol=1e-7)
    assert not torch.equal(two[name], one[name])


def test_a_remainder_moves_student_and_teacher(repo, tiny_index, tmp_path):
    """Three iterations in steps of two: the optimiser steps once more."""
    train(
        repo,
        tiny_index,
        tmp_path,
        3,
        **{'optim_wrapper.accumulative_counts': 2},
    )
    two, three = (load(tmp_path, step)['state_dict'] for step in (2, 3))
    name = 'teacher.head.fc.weight'
    assert not torch.equal(two['head.fc.weight'], three['head.fc.weight'])
    expected = 0.99 * two[name] + 0.01 * three['head.fc.weight']
    assert torch.allclose(three[name], expected, atol=1e-7)
    assert three['teacher.moves'] == 2


@pytest.mark.parametrize(
    ('option', 'words'),
    [
        (
            {'train_dataloader.dataset.bands': ['red', 'blue']},
            ['takes 3 bands', 'gives 2', 'red, blue', 'in_channels'],
        ),
        (
            {'model.head.num_classes': 20},
            ['20 classes', 'index has 10', 'cultivated', 'num_classes=10'],
        ),
    ],
)
def test_model_and_index_that_do_not_fit_stop_before_training(
    repo, tiny_index, tmp_path, option, words
):
    with pytest.raises(InputError) as caught:
        train(repo, tiny_index, tmp_path, 1, **option)
    assert all(word in str(caught.value) for word in words)
    assert not list(tmp_path.glob('*.pth'))
