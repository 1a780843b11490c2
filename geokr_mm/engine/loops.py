"""Training loops that go on from any step as if they had not stopped."""

import contextlib
from collections.abc import Iterator
from typing import Any

from mmengine.runner import EpochBasedTrainLoop, IterBasedTrainLoop

from .chance import seed_chance
from .exact_loader import ExactLoader


class ExactEpochLoop(EpochBasedTrainLoop):
    """mmengine's loop by epochs; a stop within an epoch is no exception.

    Random numbers of a step follow from the seed of the run, the step and
    the process; those of a sample from seed, epoch and sample.
    """

    def __init__(self, runner: Any, dataloader: Any, **kwargs: Any) -> None:
        super().__init__(runner, dataloader, **kwargs)
        self.exact = ExactLoader(self.dataloader, runner.seed)

    def run(self) -> Any:
        """Train."""
        at_start = self._iter == self._epoch * len(self.dataloader)
        with _running(self, self._epoch if at_start else 0, self._max_epochs):
            while self._epoch < self._max_epochs and not self.stop_training:
                self.run_epoch()
                self._decide_current_val_interval()
                _validate(self, self._epoch, self._max_epochs)
        self.runner.call_hook('after_train')
        return self.runner.model

    def run_epoch(self) -> None:
        """Train for what is left of an epoch."""
        self.runner.call_hook('before_train_epoch')
        self.runner.model.train()
        length = len(self.dataloader)
        start = self._iter - self._epoch * length
        if not 0 <= start <= length:
            self.runner.logger.warning(
                f'epoch {self._epoch + 1} begins anew: an epoch has '
                f'{length} steps now, another number than before the stop'
            )
            start = 0
        batches = self.exact.epoch(self._epoch, start)
        for number, batch in enumerate(batches, start):
            self.run_iter(number, batch)
        self.runner.call_hook('after_train_epoch')
        self._epoch += 1

    def run_iter(self, idx: int, data_batch: Any) -> None:
        """Take one step."""
        _seed(self)
        super().run_iter(idx, data_batch)


class ExactIterationLoop(IterBasedTrainLoop):
    """mmengine's loop by iterations, see :class:`ExactEpochLoop`.

    Going on reads no batch that was trained on before.
    """

    def __init__(self, runner: Any, dataloader: Any, **kwargs: Any) -> None:
        super().__init__(runner, dataloader, **kwargs)
        self.exact = ExactLoader(self.dataloader, runner.seed)

    def run(self) -> Any:
        """Train."""
        with _running(self, self._iter, self._max_iters):
            self.runner.call_hook('before_train_epoch')
            batches = self.exact.endless(self._iter)
            while self._iter < self._max_iters and not self.stop_training:
                self.runner.model.train()
                self.run_iter(next(batches))
                self._decide_current_val_interval()
                _validate(self, self._iter, self._max_iters)
            self.runner.call_hook('after_train_epoch')
        self.runner.call_hook('after_train')
        return self.runner.model

    def run_iter(self, data_batch: Any) -> None:
        """Take one step."""
        _seed(self)
        super().run_iter(data_batch)


@contextlib.contextmanager
def _running(loop: Any, done: int, most: int) -> Iterator[None]:
    """Begin and end a run; what it holds is given back in any case.

    Args:
        loop (BaseLoop): One of those above.
        done (int): Epochs or iterations before, where the run goes on.
        most (int): Of all.
    """
    loop.exact.use(loop.runner.seed)
    try:
        loop.runner.call_hook('before_train')
        if done:
            # A checkpoint is older than the validation that follows it.
            loop._decide_current_val_interval()
            _validate(loop, done, most)
        yield
    except RuntimeError as error:
        loop.exact.name_reading(error)
        raise
    finally:
        loop.exact.close()
        # Of our hooks.
        loop.runner.call_hook('after_stop')


def _validate(loop: Any, done: int, most: int) -> None:
    """Validate where it is due."""
    if (
        loop.runner.val_loop is not None
        and done >= loop.val_begin
        and (done % loop.val_interval == 0 or done == most)
    ):
        loop.runner.val_loop.run()


def _seed(loop: Any) -> None:
    """Seed the random numbers of a step."""
    seed_chance(loop.runner.seed, 'step', loop._iter, loop.runner.rank)


def exact_loop(config: dict[str, Any]) -> dict[str, Any]:
    """Settings of a training loop, for the loop here in mmengine's place."""
    kinds = {
        'EpochBasedTrainLoop': ExactEpochLoop,
        'IterBasedTrainLoop': ExactIterationLoop,
    }
    known = {**config}
    if 'by_epoch' in known and 'type' not in known:
        name = 'Epoch' if known.pop('by_epoch') else 'Iter'
        known['type'] = f'{name}BasedTrainLoop'
    kind = known.get('type')
    name = kind if isinstance(kind, str) else getattr(kind, '__name__', '')
    known['type'] = kinds.get(name.rpartition('.')[2], kind)
    return known
