"""Training loops that go on from any step as if they had not stopped."""

import contextlib
from collections.abc import Iterator
from typing import Any

from mmengine.runner import EpochBasedTrainLoop, IterBasedTrainLoop

from .chance import seed_chance
from .exact_loader import ExactLoader

# Key in the message hub: the epoch, its first iteration and its length.
EPOCH = 'epoch_in_work'


class ExactEpochLoop(EpochBasedTrainLoop):
    """mmengine's loop by epochs; a stop within an epoch is no exception.

    Random numbers of a step follow from the seed of the run, the step and
    the process; those of a sample from seed, epoch and sample.
    """

    def __init__(self, runner: Any, dataloader: Any, **kwargs: Any) -> None:
        super().__init__(runner, dataloader, **kwargs)
        self.exact = ExactLoader(self.dataloader, runner.seed)
        self._start = 0

    def run(self) -> Any:
        """Train."""
        self._start = self._steps_done()
        whole = self._epoch if self._start == 0 else 0
        with _running(self, whole, self._max_epochs):
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
        start, self._start = self._start, 0
        about = [self._epoch, self._iter - start, len(self.dataloader)]
        self.runner.message_hub.update_info(EPOCH, about)
        batches = self.exact.epoch(self._epoch, start)
        for number, batch in enumerate(batches, start):
            self.run_iter(number, batch)
        self.runner.call_hook('after_train_epoch')
        self._epoch += 1

    def run_iter(self, idx: int, data_batch: Any) -> None:
        """Take one step."""
        _seed(self)
        super().run_iter(idx, data_batch)

    def _steps_done(self) -> int:
        """Steps of the current epoch that were taken before a stop."""
        length = len(self.dataloader)
        info = self.runner.message_hub.runtime_info
        epoch, begin, before = info.get(EPOCH, (None, 0, length))
        # A checkpoint at the end of an epoch is of the next.
        done: int = self._iter - begin if epoch == self._epoch else 0
        if before == length or done == 0:
            return done
        self.runner.logger.warning(
            f'epoch {epoch + 1} begins anew: an epoch has {length} steps now, '
            f'and had {before} before the stop'
        )
        return 0


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
