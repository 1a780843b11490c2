"""The console of a run: few lines before the first step, none lost."""

import argparse
import logging
import re
import time

import pytest
import torch
from torch import nn

from geokr_mm import commands, slow_steps
from geokr_mm.engine.runner import WithoutLists, _groups
from geokr_mm.export.checkpoint import read_checkpoint
from geokr_mm.running import add_run_arguments
from geokr_mm.slow_steps import slow_step


@pytest.mark.parametrize(
    ('text', 'shown'),
    [
        ('Config:\na = 1', False),
        ('paramwise_options -- neck.fc.weight:lr=0.1', False),
        ('teacher.fc is skipped since its requires_grad=False', False),
        ('Hooks will be executed in the following order:\nx', False),
        ('The model and loaded state dict do not match exactly', True),
        ('a.pth: does not fit; Config: none', True),
    ],
)
def test_lists_are_kept_off(text, shown):
    record = logging.LogRecord('a', logging.WARNING, 'f', 1, text, (), None)
    assert WithoutLists().filter(record) == shown


def test_groups_are_summed_up():
    layers = [nn.Linear(2, 2) for _ in range(6)]
    groups = [
        dict(params=list(layer.parameters()), lr=0.1 / (n // 2 + 1))
        for n, layer in enumerate(layers)
    ]
    text = _groups(torch.optim.SGD(groups, lr=1, weight_decay=0.5))
    assert text.startswith('SGD: lr 0.1, weight decay 0.5 (4 tensors); ')
    assert text.count('(4 tensors)') == 3
    for n, group in enumerate(groups):
        group['lr'] = n
    text = _groups(torch.optim.SGD(groups, lr=1))
    assert text.count('(2 tensors)') == 4
    assert text.endswith('; 2 others in the log file')


def test_only_slow_steps_name_themselves(monkeypatch):
    lines = []
    monkeypatch.setattr(
        slow_steps, 'print_log', lambda text, logger: lines.append(text)
    )
    with slow_step('reading a', patience=5):
        pass
    assert lines == []
    with slow_step('reading b', patience=0.05):
        time.sleep(0.15)
        assert lines == ['reading b ...']
    assert re.fullmatch(r'reading b: took \d+ s', lines[-1])
    with pytest.raises(KeyError), slow_step('reading c', patience=9):
        raise KeyError
    assert len(lines) == 2


def test_a_run_keeps_everything_in_its_file(
    repo, tiny_index, tmp_path, capsys
):
    parser = argparse.ArgumentParser()
    add_run_arguments(parser)
    config = repo / 'configs/geokr/geokr_resnet18_smoke_tiny-world.py'
    args = parser.parse_args(
        [
            '--work-dir',
            str(tmp_path),
            '--cfg-options',
            f'train_dataloader.dataset.index={tiny_index}',
            'optim_wrapper.optimizer.weight_decay=0.01',
            'optim_wrapper.paramwise_cfg.norm_decay_mult=0.0',
            'visualizer.vis_backends.0.type=TensorboardVisBackend',
        ]
    )
    args.config, args.resume, args.amp = str(config), None, False
    args.auto_scale_lr, args.seed, args.profile = False, None, True
    commands.train(args)
    printed = capsys.readouterr().out
    before = printed.partition('Iter(train)')[0].splitlines()
    assert len(before) <= 20
    assert re.search(r'not trained: teacher \(\d+ tensors\)', printed)
    assert re.search(
        r'AdamW: .*lr 0.001, weight decay 0.01 \(\d+ ten', printed
    )
    assert 'validation: ' in printed
    (log,) = tmp_path.glob('*/*.log')
    assert str(log) in printed
    kept = log.read_text()
    for text in ('Config:', 'System env', 'paramwise_options', 'is skipped'):
        assert text in kept and text not in printed
    speed = r'images_per_second: \d+\.\d+  waiting: 0\.\d+  teacher: 0\.\d+'
    assert len(re.findall(speed + r'  memory: \d+', printed)) == 2
    # Channels last, and a profile of the second step.
    weight = read_checkpoint(tmp_path / 'iter_2.pth')['state_dict']
    assert not weight['backbone.layer1.0.conv1.weight'].is_contiguous()
    for text in ('waiting for data', 'teacher', 'aten::'):
        assert text in (tmp_path / 'profile.txt').read_text()
        assert text in (tmp_path / 'profile.json').read_text()
    # TensorBoard has the same numbers.
    from tensorboard.backend.event_processing import event_accumulator

    (events,) = tmp_path.glob('*/vis_data/events*')
    found = event_accumulator.EventAccumulator(str(events)).Reload()
    assert len(found.Scalars('loss')) == 2
    assert found.Scalars('fractions/student_tv')[0].value > 0
