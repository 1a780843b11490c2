"""Options and checkpoints on the way from a command to a run."""

import argparse
import json
import pickle
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.runner.checkpoint import CheckpointLoader

from geokr_mm import commands
from geokr_mm.engine import settings
from geokr_mm.errors import InputError

SETTINGS = """
size = 37
model = dict(type='Toy', size=size, parts=[dict(size=size)])
train_dataloader = dict(batch_size=4)
train_cfg = dict(max_epochs=1)
optim_wrapper = dict(type='OptimWrapper')
load_from = None
"""


@pytest.fixture
def config(tmp_path):
    path = tmp_path / 'toy.py'
    path.write_text(SETTINGS)
    return str(path)


@pytest.mark.parametrize(
    ('said', 'written', 'expected'),
    [
        ('there', 'elsewhere', 'there'),
        (None, 'elsewhere', 'elsewhere'),
        (None, None, 'work_dirs/toy'),
    ],
)
def test_work_dir(said, written, expected):
    config = Config(dict(work_dir=written))
    commands.set_work_dir(config, 'configs/toy.py', said)
    assert config.work_dir == expected


@pytest.mark.parametrize(
    ('launcher', 'gpu', 'backend'),
    [('none', False, 'nccl'), ('pytorch', False, 'gloo'),
     ('pytorch', True, 'nccl')],
)  # fmt: skip
def test_processes_on_cpus_talk_through_gloo(
    monkeypatch, launcher, gpu, backend
):
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: gpu)
    monkeypatch.setenv('LOCAL_RANK', '0')
    config = Config(dict(env_cfg=dict(dist_cfg=dict(backend='nccl'))))
    commands.set_launcher(config, launcher, 0)
    assert config.launcher == launcher
    assert config.env_cfg.dist_cfg.backend == backend


def arguments(**given) -> argparse.Namespace:
    plain = dict(
        cfg_options=[],
        work_dir=None,
        launcher='none',
        local_rank=0,
        resume=None,
        amp=False,
        auto_scale_lr=False,
        seed=None,
        out=None,
    )
    return argparse.Namespace(**{**plain, **given})


class Runner:
    """Stands in for mmengine's: keeps the config, runs nothing."""

    def __init__(self, config):
        Runner.config = config

    def train(self):
        return None

    def test(self):
        return {'accuracy': torch.tensor(0.5), 'count': 3}


@pytest.fixture
def quiet(monkeypatch):
    monkeypatch.setattr(commands, 'build_runner', Runner)
    monkeypatch.setattr(commands, 'train_runner', Runner.train)
    monkeypatch.setattr(commands, 'test_runner', Runner.test)
    monkeypatch.setenv('LOCAL_RANK', '0')


def test_train_passes_the_options_on(config, quiet, tmp_path, monkeypatch):
    monkeypatch.setattr(settings, 'is_cuda_available', lambda: True)
    checkpoint = tmp_path / 'last.pth'
    torch.save(dict(state_dict={}), checkpoint)
    commands.train(
        arguments(config=config, amp=True, seed=3, resume=str(checkpoint))
    )
    assert Runner.config.optim_wrapper.type == 'AmpOptimWrapper'
    assert Runner.config.optim_wrapper.loss_scale == 'dynamic'
    assert Runner.config.randomness.seed == 3
    assert Runner.config.resume is True
    assert Runner.config.load_from == str(checkpoint)
    assert Runner.config.work_dir == 'work_dirs/toy'


def test_resuming_without_a_name_looks_in_the_work_folder(config, quiet):
    commands.train(arguments(config=config, resume='auto'))
    assert Runner.config.resume is True
    assert Runner.config.load_from is None


def test_scaling_the_rate_needs_a_base_batch_size(config, quiet):
    with pytest.raises(InputError, match='has no auto_scale_lr'):
        commands.train(arguments(config=config, auto_scale_lr=True))
    more = ['auto_scale_lr.base_batch_size=256']
    commands.train(
        arguments(config=config, auto_scale_lr=True, cfg_options=more)
    )
    assert Runner.config.auto_scale_lr.enable is True


def test_a_config_without_test_set_is_refused(config, quiet):
    with pytest.raises(InputError, match='has no test_dataloader'):
        commands.test(arguments(config=config, checkpoint='any.pth'))


def test_metrics_are_written_as_json(config, quiet, tmp_path):
    checkpoint, out = tmp_path / 'a.pth', tmp_path / 'new' / 'metrics.json'
    torch.save(dict(state_dict={}), checkpoint)
    commands.test(
        arguments(
            config=config,
            checkpoint=str(checkpoint),
            out=str(out),
            cfg_options=['test_dataloader.a=1', 'test_evaluator.a=1'],
        )
    )
    assert json.loads(out.read_text()) == {'accuracy': 0.5, 'count': 3}
    assert [path.name for path in out.parent.iterdir()] == ['metrics.json']


@pytest.mark.parametrize('command', [commands.train, commands.test])
def test_a_missing_checkpoint_is_one_line(command, config, quiet):
    with pytest.raises(InputError, match=r'gone\.pth: no such checkpoint'):
        command(
            arguments(
                config=config,
                checkpoint='gone.pth',
                resume='gone.pth',
                cfg_options=['test_dataloader.a=1', 'test_evaluator.a=1'],
            )
        )


def test_a_missing_file_inside_the_run_is_one_line(config, monkeypatch):
    def build(config):
        raise FileNotFoundError(2, 'No such file', 'images/')

    monkeypatch.setattr(commands, 'build_runner', build)
    with pytest.raises(InputError, match='images/.*correct the path'):
        commands.train(arguments(config=config))


def test_print_config(config, capsys):
    commands.print_config(arguments(config=config))
    assert 'batch_size=4' in capsys.readouterr().out


class Intruder:
    """A pickle that writes a file when it is opened without care."""

    def __init__(self, mark: Path):
        self.mark = mark

    def __reduce__(self):
        return (Path.touch, (self.mark,))


def test_no_checkpoint_may_run_code(tmp_path):
    mark, bad = tmp_path / 'mark', tmp_path / 'bad.pth'
    with bad.open('wb') as file:
        pickle.dump(dict(state_dict=Intruder(mark)), file)
    good = tmp_path / 'good.pth'
    torch.save(dict(state_dict=dict(weight=torch.ones(2))), good)
    with pytest.raises(InputError, match=r'bad\.pth'):
        CheckpointLoader.load_checkpoint(str(bad))
    assert not mark.exists()
    loaded = CheckpointLoader.load_checkpoint(str(good))
    assert loaded['state_dict']['weight'].tolist() == [1, 1]


def test_addresses_are_left_to_mmengine():
    commands.check_checkpoint('https://example.com/a.pth')
