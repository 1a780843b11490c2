"""Checkpoints that no stop can lose."""

import signal
import threading
from pathlib import Path
from typing import Any

import torch
from mmengine.dist import is_main_process
from mmengine.hooks import CheckpointHook
from mmengine.runner import Runner
from torch import distributed

from geokr_mm.engine.checkpoints import (
    DURABLE,
    INTERRUPTED,
    POINTER,
    DurableBackend,
    last_valid,
)
from geokr_mm.engine.model import accumulation, trains
from geokr_mm.errors import InputError
from geokr_mm.files import written_whole
from geokr_mm.registry import HOOKS

# A scheduler's wish to end, and slurm's usual warning before its limit.
SIGNALS = ('SIGTERM', 'SIGUSR1')
# Steps after which several processes agree on whether to stop.
AGREE = 10


@HOOKS.register_module()
class DurableCheckpointHook(CheckpointHook):
    """mmengine's hook, with files that are whole or not there.

    A checkpoint is written under another name, flushed, renamed, and gets a
    ``.sha256`` beside it; only then an older one is removed. Resuming without
    a name takes the last that is whole. SIGTERM and SIGUSR1 let the step end,
    write a checkpoint and end the process with status 128 and the signal's
    number; ``--resume`` goes on from there.

    Args:
        **kwargs: Of :class:`mmengine.hooks.CheckpointHook`. With
            ``backend_args`` for a remote ``out_dir`` files are mmengine's.
    """

    def __init__(self, **kwargs: Any) -> None:
        remote = '://' in str(kwargs.get('out_dir'))
        if not remote and not kwargs.get('file_client_args'):
            kwargs['backend_args'] = kwargs.get('backend_args') or dict(
                backend=DURABLE
            )
        super().__init__(**kwargs)
        self._signal = 0
        self._usual: dict[int, Any] = {}
        self._group: Any = None

    def before_run(self, runner: Runner) -> None:
        """Choose the checkpoint to go on from."""
        if not trains(runner) or not runner._resume or runner._load_from:
            return
        folder = Path(runner.work_dir)
        if self.out_dir:
            folder = Path(self.out_dir, folder.name)
        length = len(runner.train_dataloader)
        chosen = last_valid(runner.work_dir, folder, length)
        if chosen is not None:
            runner._load_from = str(chosen)
            return
        runner.logger.warning(
            f'--resume: {folder} holds no checkpoint to go on from; starts '
            'at the beginning'
        )

    def before_train(self, runner: Runner) -> None:
        """Begin to listen to signals."""
        super().before_train(runner)
        self._signal = 0
        if runner.world_size > 1:
            self._group = distributed.new_group(backend='gloo')
        if threading.current_thread() is threading.main_thread():
            for name in SIGNALS:
                number = getattr(signal, name, None)
                if number is not None:
                    usual = signal.signal(number, self._note)
                    self._usual[number] = usual

    def after_train_iter(self, runner: Runner, *args: Any, **kw: Any) -> None:
        """Write what is due, and stop after a signal."""
        super().after_train_iter(runner, *args, **kw)
        done = runner.iter + 1
        step = accumulation(runner)
        if done % step == 0 and self._stops(runner, done // step):
            self._stop(runner, done)

    def after_val_iter(self, runner: Runner, *args: Any, **kw: Any) -> None:
        """Stop after a signal; the validation is repeated."""
        if trains(runner) and runner.world_size == 1 and self._signal:
            self._stop(runner, runner.iter)

    def after_train(self, runner: Runner) -> None:
        """Stop listening."""
        super().after_train(runner)
        self.after_stop(runner)

    def _note(self, number: int, _: Any) -> None:
        self._signal = number

    def after_stop(self, runner: Runner) -> None:
        """Give the signals back, also after an error."""
        for number, usual in self._usual.items():
            signal.signal(number, usual)
        self._usual.clear()

    def _stops(self, runner: Runner, step: int) -> bool:
        """Whether any process has got a signal."""
        if runner.world_size > 1 and step % AGREE == 0:
            # On the CPU: the GPU does not wait.
            highest = torch.tensor(self._signal)
            distributed.all_reduce(
                highest, distributed.ReduceOp.MAX, group=self._group
            )
            self._signal = int(highest)
            return self._signal > 0
        return runner.world_size == 1 and self._signal > 0

    def _stop(self, runner: Runner, done: int) -> None:
        """Write a checkpoint outside the usual intervals, and end."""
        name = INTERRUPTED.format(done)
        self.last_ckpt = self.file_backend.join_path(self.out_dir, name)
        self._written(
            runner,
            lambda: runner.save_checkpoint(
                self.out_dir,
                name,
                meta=dict(epoch=runner.epoch, iter=done),
                by_epoch=False,
                backend_args=self.backend_args,
            ),
        )
        runner.logger.info(
            f'{signal.Signals(self._signal).name}: stopped after iteration '
            f'{done} with {self.last_ckpt}; go on with --resume'
        )
        self.after_stop(runner)
        raise SystemExit(128 + self._signal)

    def _save_checkpoint_with_step(
        self, runner: Runner, step: int, meta: dict[str, Any]
    ) -> None:
        usual = super()._save_checkpoint_with_step
        self._written(runner, lambda: usual(runner, step, meta))

    def _written(self, runner: Runner, write: Any) -> None:
        """Write a checkpoint, then point to it, then remove older ones.

        Raises:
            InputError: If it cannot be written.
        """
        pointer = Path(runner.work_dir, POINTER)
        before = pointer.read_text().strip() if pointer.is_file() else ''
        # Of our hooks; mmengine calls its own after it has made the state.
        runner.call_hook('before_state')
        try:
            write()
            if is_main_process():
                with written_whole(pointer) as draft:
                    draft.write_text(str(self.last_ckpt))
        except OSError as error:
            kept = f'the last good one is {before}' if before else 'none is'
            raise InputError(
                f'{self.last_ckpt}: cannot be written ({error.strerror}); '
                f'{kept}; make room and go on with --resume'
            ) from None
        backend = self.file_backend
        if not isinstance(backend, DurableBackend) or not is_main_process():
            return
        for path in Path(self.out_dir).glob(INTERRUPTED.format('*')):
            if str(path) != str(Path(self.last_ckpt)):
                backend.remove(path)
        backend.remove_waiting()
