"""Rows 1 and 16: a run that stopped goes on to the same bits."""

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import torch
from mmengine.hooks import Hook
from torch.utils.data import DataLoader

from geokr_mm.engine.exact_loader import ExactLoader, NumberedBatches
from geokr_mm.export.checkpoint import read_checkpoint

ITERATIONS = {
    'train_cfg.max_iters': 12,
    'default_hooks.checkpoint.interval': 3,
}
EPOCHS = {
    'train_cfg': dict(_delete_=True, type='EpochBasedTrainLoop', max_epochs=2),
    'default_hooks.checkpoint.interval': 3,
    'log_processor.by_epoch': True,
}
METHODS = {
    'iterations': ITERATIONS,
    'epochs': EPOCHS,
    'endless': {
        **ITERATIONS,
        'train_dataloader.sampler': dict(
            _delete_=True, type='InfiniteSampler', shuffle=True
        ),
    },
    'queue': {
        **ITERATIONS,
        'model.terms': dict(
            contrast=dict(
                type='geokr_mm.SoftContrast',
                queue_length=16,
                out_channels=8,
                hidden_channels=8,
            )
        ),
    },
    'correction': {
        **ITERATIONS,
        'model.label_correction': dict(
            type='geokr_mm.PatchCorrection', lr=0.5, warm_up=0.0
        ),
    },
}


# The others are slow tests.
DEFAULT = ('queue',)


class StopAt(Hook):
    """Ends the run as a kill would: nothing after this is written."""

    def __init__(self, iteration):
        self.iteration = iteration

    def after_train_iter(self, runner, **_):
        if runner.iter + 1 == self.iteration:
            raise KeyboardInterrupt


def last(folder):
    return read_checkpoint((folder / 'last_checkpoint').read_text())


# Of a line of the log; times and speeds vary.
NUMBERS = ('loss', 'lr', 'tv', 'iter', 'epoch', 'step')


def curve(folder):
    """Logged numbers by step, the last of each."""
    found = {}
    for path in sorted(folder.glob('*/vis_data/scalars.json')):
        for line in path.read_text().splitlines():
            row = json.loads(line)
            row = {k: v for k, v in row.items() if k.startswith(NUMBERS)}
            found[row.get('iter', row['step'])] = row
    return found


def assert_same(one, two, where=''):
    assert type(one) is type(two), where
    if isinstance(one, dict):
        assert one.keys() == two.keys(), where
        for key in one:
            assert_same(one[key], two[key], f'{where}/{key}')
    elif isinstance(one, list | tuple):
        assert len(one) == len(two), where
        for number, pair in enumerate(zip(one, two, strict=True)):
            assert_same(*pair, f'{where}/{number}')
    elif isinstance(one, torch.Tensor):
        assert torch.equal(one, two), where
    else:
        assert one == two, where


@pytest.mark.slow
@pytest.mark.parametrize('options', [ITERATIONS, EPOCHS])
def test_ten_kills_at_random_moments(run, tmp_path, options):
    """With one checkpoint kept, so that many hit its writing."""
    options = {**options, 'default_hooks.checkpoint.by_epoch': False}
    options['default_hooks.checkpoint.interval'] = 1
    fork = multiprocessing.get_context('fork')

    def train(folder, seconds):
        process = fork.Process(target=run, args=(folder, True), kwargs=options)
        process.start()
        process.join(seconds)
        process.kill()
        process.join()
        return process.exitcode

    whole = tmp_path / 'whole'
    begin = time.monotonic()
    assert train(whole, None) == 0
    length = time.monotonic() - begin
    rng = np.random.default_rng(0)
    kills = runs = 0
    while kills < 10 or runs == 0:
        late = rng.uniform(0.2, 0.8) if kills < 10 else None
        code = train(tmp_path / f'{runs}', late and late * length)
        if code == 0:
            assert_same_run(whole, tmp_path / f'{runs}')
            runs += 1
        else:
            assert code == -signal.SIGKILL
            kills += 1


def assert_same_run(one, two):
    for key in ('state_dict', 'optimizer', 'param_schedulers'):
        assert_same(last(one)[key], last(two)[key], key)
    assert curve(one) == curve(two)
    assert len(curve(one)) in (12, 16)


@pytest.mark.parametrize(
    'method',
    [
        pytest.param(
            name, marks=[pytest.mark.slow] if name not in DEFAULT else []
        )
        for name in METHODS
    ],
)
def test_going_on_gives_the_same_bits(run, tmp_path, method):
    options = METHODS[method]
    whole, parts = tmp_path / 'whole', tmp_path / 'parts'
    run(whole, **options)
    # Once between checkpoints, once within the second epoch.
    for resume, stop in ((False, 5), (True, 10)):
        with pytest.raises(KeyboardInterrupt):
            run(parts, resume, [StopAt(stop)], **options)
    run(parts, True, **options)
    assert_same_run(whole, parts)


@pytest.mark.slow
def test_any_number_of_workers_gives_the_same_bits(run, tmp_path):
    whole, parts = tmp_path / 'whole', tmp_path / 'parts'
    run(whole, **EPOCHS)
    with pytest.raises(SystemExit):
        run(
            parts,
            False,
            [SignalAt(5)],
            **EPOCHS,
            **{'train_dataloader.num_workers': 2},
        )
    run(
        parts,
        True,
        **EPOCHS,
        **{
            'train_dataloader.num_workers': 1,
            'train_dataloader.persistent_workers': True,
        },
    )
    assert_same_run(whole, parts)


class SignalAt(Hook):
    """SIGTERM for all processes of a run, as slurm sends it."""

    def __init__(self, iteration):
        self.iteration = iteration

    def before_train_iter(self, runner, **_):
        if runner.iter + 1 == self.iteration:
            iterator = runner.train_loop.exact._iterator
            for child in getattr(iterator, '_workers', ()):
                os.kill(child.pid, signal.SIGTERM)
            os.kill(os.getpid(), signal.SIGTERM)


@pytest.mark.slow
def test_another_batch_size_begins_the_epoch_anew(run, tmp_path):
    with pytest.raises(SystemExit):
        run(tmp_path, False, [SignalAt(5)], **EPOCHS)
    runner = run(
        tmp_path, True, **EPOCHS, **{'train_dataloader.batch_size': 8}
    )
    # Two epochs of four steps after the five of before.
    assert runner.iter == 5 + 8
    text = ''.join(p.read_text() for p in tmp_path.glob('*/*.log'))
    assert 'epoch 1 begins anew: an epoch has 4 steps now' in text


def test_numbers_tell_epoch_and_draw():
    batches = NumberedBatches([[0, 1], [1, 2]], 3)
    batches.begin(2, 0)
    first = 2 * 2**16
    assert list(batches) == [
        [first * 3, first * 3 + 1],
        [(first + 1) * 3 + 1, first * 3 + 2],
    ]
    batches.begin(2, 1)
    assert list(batches)[0] == [(first + 1) * 3 + 1, first * 3 + 2]


def test_a_dead_worker_names_its_patch(run, tmp_path, small_config):
    from geokr_mm.engine.run_errors import one_line_errors
    from geokr_mm.errors import InputError

    class Deadly(Hook):
        def before_train(self, runner):
            dataset = runner.train_dataloader.dataset.dataset
            usual = dataset.prepare_data

            def prepare(index):
                if index == 7:
                    os.kill(os.getpid(), signal.SIGKILL)
                return usual(index)

            dataset.prepare_data = prepare
            self.name = dataset.get_data_info(7)['patch_id']

    deadly = Deadly()
    with pytest.raises(InputError) as stopped, one_line_errors():
        run(
            tmp_path,
            False,
            [deadly],
            **EPOCHS,
            **{'train_dataloader.num_workers': 1},
        )
    assert f'while it read {deadly.name}' in str(stopped.value)


def test_a_worker_that_dies_while_it_hands_over_is_named():
    loader = DataLoader(
        torch.arange(64), batch_size=2, num_workers=1, prefetch_factor=1
    )
    exact = ExactLoader(loader, seed=0)
    batches = exact.epoch(0, 0)
    next(batches)
    (worker,) = exact._iterator._workers
    os.kill(worker.pid, signal.SIGKILL)
    # What multiprocessing raises for a tensor whose sender is gone.
    with pytest.raises(RuntimeError, match=rf'worker \(pid\S* {worker.pid}\)'):
        try:
            batches.throw(
                ConnectionResetError(104, 'Connection reset by peer')
            )
        finally:
            # As a loop does; torch would raise again at any later signal.
            exact.close()


ENDS_AMID = """
import torch
from torch.utils.data import DataLoader
from geokr_mm.engine.exact_loader import ExactLoader

if __name__ == '__main__':
    loader = DataLoader(torch.arange(64), 4, num_workers=2)
    ExactLoader(loader, seed=0)
    batches = iter(loader)
    print(next(batches))
"""


def test_a_program_that_ends_amid_an_epoch_ends(tmp_path):
    """Its loading processes would go on for a minute after SIGTERM."""
    script = tmp_path / 'amid.py'
    script.write_text(ENDS_AMID)
    done = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, timeout=50
    )
    assert done.stdout == 'tensor([0, 1, 2, 3])\n', done.stderr
    assert 'killed' not in done.stderr
    assert done.returncode == 0
