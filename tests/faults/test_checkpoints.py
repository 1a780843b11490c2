"""Rows 2, 13 and 15: checkpoints survive what stops a run."""

import multiprocessing
import os
import resource
import signal
import subprocess

import pytest
import torch

from geokr_mm.engine.checkpoints import DurableBackend, last_valid
from geokr_mm.errors import InputError
from geokr_mm.files import sum_file, write_with_sum


def saved(folder, name, value=0.0):
    path = folder / name
    torch.save(dict(state_dict=dict(x=torch.full((64,), value))), path)
    write_with_sum(path, path.read_bytes())
    return path


def flip(path):
    content = bytearray(path.read_bytes())
    content[content.index(b'\x00\x00\x80\x3f')] ^= 1
    path.write_bytes(content)


def names(folder):
    return sorted(p.name for p in folder.iterdir() if p.is_file())


def test_one_checkpoint_is_kept_with_its_sum(run, tmp_path):
    run(tmp_path)
    assert names(tmp_path) == [
        'iter_3.pth',
        'iter_3.pth.sha256',
        'last_checkpoint',
        'small.py',
    ]
    done = subprocess.run(
        ['sha256sum', '--check', 'iter_3.pth.sha256'], cwd=tmp_path
    )
    assert done.returncode == 0


def test_resume_passes_over_a_damaged_one(run, tmp_path):
    options = {'default_hooks.checkpoint.max_keep_ckpts': 2}
    run(tmp_path, **options)
    last = tmp_path / 'iter_3.pth'
    content = bytearray(last.read_bytes())
    content[len(content) // 2] ^= 1
    last.write_bytes(content)
    runner = run(
        tmp_path, resume=True, **options, **{'train_cfg.max_iters': 4}
    )
    text = ''.join(p.read_text() for p in tmp_path.glob('*/*.log'))
    assert 'passes over' in text and 'iter_3.pth' in text
    assert 'resumed epoch: 0, iter: 2' in text
    assert runner.iter == 4
    assert {'iter_3.pth', 'iter_4.pth'} <= set(names(tmp_path))


def test_no_whole_checkpoint_is_one_line(tmp_path):
    path = saved(tmp_path, 'iter_1.pth', 1.0)
    flip(path)
    with pytest.raises(InputError, match='none of 1 checkpoints is whole'):
        last_valid(tmp_path, tmp_path, 8)
    assert last_valid(tmp_path, tmp_path / 'other', 8) is None


def test_without_a_pointer_the_newest_by_iterations(tmp_path):
    for name in ('epoch_2.pth', 'iter_15.pth', 'interrupted_17.pth'):
        saved(tmp_path, name)
    chosen = last_valid(tmp_path, tmp_path, 8)
    assert chosen == tmp_path / 'interrupted_17.pth'
    os.truncate(chosen, 10)
    assert last_valid(tmp_path, tmp_path, 8) == tmp_path / 'epoch_2.pth'
    # Torn, or of a folder that has moved.
    (tmp_path / 'last_checkpoint').write_text('')
    assert last_valid(tmp_path, tmp_path, 8) == tmp_path / 'epoch_2.pth'
    (tmp_path / 'last_checkpoint').write_text('/gone/iter_15.pth')
    assert last_valid(tmp_path, tmp_path, 8) == tmp_path / 'iter_15.pth'
    (tmp_path / 'iter_15.pth').unlink()
    assert last_valid(tmp_path, tmp_path, 8) == tmp_path / 'epoch_2.pth'
    # Of another writer, and cut.
    sum_file(tmp_path / 'epoch_2.pth').unlink()
    os.truncate(tmp_path / 'epoch_2.pth', 300)
    with pytest.raises(InputError, match='none of 3 checkpoints is whole'):
        last_valid(tmp_path, tmp_path, 8)


def write_for_ever(path, content):
    backend = DurableBackend()
    while True:
        backend.put(content, path)


def test_a_kill_while_writing_leaves_a_whole_file(tmp_path):
    """Of one name only, which is harder than with ``max_keep_ckpts=1``."""
    path = tmp_path / 'iter_1.pth'
    content = bytes(16 * 2**20)
    DurableBackend().put(content, path)
    fork = multiprocessing.get_context('fork')
    for number in range(8):
        process = fork.Process(target=write_for_ever, args=(path, content))
        process.start()
        process.join(0.1 + 0.013 * number)
        assert process.is_alive()
        process.kill()
        process.join()
        assert path.read_bytes() == content
        beside = sum_file(path)
        assert not beside.exists() or len(beside.read_text().split()) == 2


def test_a_full_disk_keeps_the_last_good_one(run, tmp_path):
    run(tmp_path)
    before = (tmp_path / 'iter_3.pth').read_bytes()
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) // 2, usual[1]))
    try:
        with pytest.raises(
            InputError,
            match=r'iter_4.pth: cannot be written \(File too large\); the '
            r'last good one is .*iter_3.pth; make room',
        ):
            run(tmp_path, resume=True, **{'train_cfg.max_iters': 4})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)
    assert (tmp_path / 'iter_3.pth').read_bytes() == before
    assert not list(tmp_path.glob('*iter_4*'))
    assert not list(tmp_path.glob('.*'))
    run(tmp_path, resume=True, **{'train_cfg.max_iters': 4})


class Kill:
    """A hook that sends a signal to this process within a step."""

    priority = 'NORMAL'

    def __new__(cls, number, at):
        from mmengine.hooks import Hook

        class KillHook(Hook):
            def before_train_iter(self, runner, **_):
                if runner.iter + 1 == at:
                    os.kill(os.getpid(), number)

        return KillHook()


@pytest.mark.parametrize(
    'number',
    [signal.SIGTERM, pytest.param(signal.SIGUSR1, marks=pytest.mark.slow)],
)
def test_a_signal_writes_one_and_ends(run, tmp_path, number):
    usual = signal.getsignal(number)
    options = {
        'default_hooks.checkpoint.interval': 100,
        'train_cfg.max_iters': 4,
    }
    with pytest.raises(SystemExit) as stopped:
        run(tmp_path, hooks=[Kill(number, 2)], **options)
    assert stopped.value.code == 128 + number
    assert signal.getsignal(number) is usual
    assert 'interrupted_2.pth' in names(tmp_path)
    runner = run(tmp_path, resume=True, **options)
    assert runner.iter == 4
    # Of no use any more.
    assert 'interrupted_2.pth' not in names(tmp_path)
    assert 'iter_4.pth' in names(tmp_path)
