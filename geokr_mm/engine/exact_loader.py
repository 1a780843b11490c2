"""Batches of a data loader by epoch and number, whatever has run before."""

import atexit
import functools
import multiprocessing
import os
import re
import signal
import weakref
from collections.abc import Iterator
from multiprocessing import connection
from typing import Any

import numpy as np
import torch
from mmengine.dataset import InfiniteSampler
from torch.utils.data import DataLoader, Dataset, get_worker_info

from .chance import seed_chance

# Draws of one sample within an epoch differ up to this number.
DRAWS = 2**16
# Seconds that a process which loads goes on after SIGTERM.
GRACE = 60
# Seconds that the end of such a process may take to show.
PATIENCE = 5
# What names a sample, in pre-training and in the libraries.
NAMES = ('patch_id', 'img_path', 'sample_idx')
# Datasets that loaders of this program read.
READ: 'weakref.WeakSet[SeededDataset]' = weakref.WeakSet()


class SeededDataset(Dataset[Any]):
    """A dataset whose samples depend on seed, epoch and number alone.

    So augmentation is the same with any number of loading processes.

    Args:
        dataset (Dataset): With random transforms.
        seed (int): Of the run.
        workers (int): Loading processes; what each reads is noted.
    """

    def __init__(self, dataset: Any, seed: int, workers: int) -> None:
        self.dataset, self.seed = dataset, seed
        # Rows of process and sample.
        self.reading = torch.zeros(workers, 2, dtype=torch.long)
        self.reading.share_memory_()
        self._mine: Any = None
        READ.add(self)

    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, number: int) -> Any:
        """The sample of a number of :class:`NumberedBatches`."""
        draw, sample = divmod(number, len(self.dataset))
        if self._mine is not None:
            self._mine[1] = sample
        seed_chance(self.seed, draw, sample)
        return self.dataset[sample]

    def __getattr__(self, name: str) -> Any:
        if name.startswith('__') or name == 'dataset':
            raise AttributeError(name)
        return getattr(self.dataset, name)

    def note(self, worker: int) -> None:
        """Note in a loading process what it reads."""
        self._mine = self.reading[worker].numpy()
        self._mine[0] = os.getpid()

    def read_by(self, pids: set[int]) -> list[str]:
        """Names of the samples that processes read last."""
        found = [s for pid, s in self.reading.tolist() if pid in pids]
        return [self._name(sample) for sample in found]

    def _name(self, sample: int) -> str:
        load = getattr(self.dataset, 'get_data_info', None)
        info = load(sample) if load else {}
        keys = [key for key in NAMES if key in info]
        return str(info[keys[0]]) if keys else f'number {sample}'


class NumberedBatches:
    """Batches of a sampler from a start on, with the epoch in each number.

    A number is ``(epoch * DRAWS + earlier draws in the epoch) * size +
    sample``.

    Args:
        batches (BatchSampler): Of the loader; its order follows from seed
            and epoch.
        size (int): Samples in the dataset.
    """

    def __init__(self, batches: Any, size: int) -> None:
        self.batches, self.size = batches, size
        self.epoch = self.start = 0

    def __len__(self) -> int:
        return len(self.batches)

    def __getattr__(self, name: str) -> Any:
        if name.startswith('__') or name == 'batches':
            raise AttributeError(name)
        return getattr(self.batches, name)

    @property
    def never_ends(self) -> bool:
        """Whether one pass goes on for ever."""
        return isinstance(getattr(self, 'sampler', None), InfiniteSampler)

    def begin(self, epoch: int, start: int) -> None:
        """Choose what the next pass gives.

        Args:
            epoch (int): Number of the pass.
            start (int): Batches of it that are left out.
        """
        self.epoch, self.start = epoch, start
        samplers: list[Any] = [getattr(self, 'sampler', None), self.batches]
        for sampler in samplers:
            if hasattr(sampler, 'set_epoch'):
                sampler.set_epoch(epoch)

    def __iter__(self) -> Iterator[list[int]]:
        length, drawn = len(self), np.zeros(self.size, np.uint16)
        for count, batch in enumerate(self.batches):
            later, place = divmod(count, length)
            if place == 0:
                drawn[:] = 0
            numbers = []
            for sample in batch:
                draw = (self.epoch + later) * DRAWS + int(drawn[sample])
                drawn[sample] += 1
                numbers.append(draw * self.size + int(sample))
            if count >= self.start:
                yield numbers


class ExactLoader:
    """Gives the batches of a loader from any place in any epoch.

    The loader's dataset and batch sampler are replaced.

    Args:
        loader (DataLoader): Of a training set.
        seed (int): Of the run.
    """

    def __init__(self, loader: 'DataLoader[Any]', seed: int) -> None:
        self.loader, self.seed = loader, seed
        self.dataset = SeededDataset(loader.dataset, seed, loader.num_workers)
        size = len(self.dataset)
        self.batches = NumberedBatches(loader.batch_sampler, size)
        # torch locks these names, for most changes would have no effect.
        object.__setattr__(loader, 'dataset', self.dataset)
        object.__setattr__(loader, 'batch_sampler', self.batches)
        loader.worker_init_fn = functools.partial(
            _begin_worker, loader.worker_init_fn
        )
        self._iterator: Any = None

    def use(self, seed: int) -> None:
        """Take the seed of the run that goes on, for sampler and samples."""
        sampler: Any = getattr(self.batches, 'sampler', None)
        if getattr(sampler, 'seed', None) == self.seed:
            sampler.seed = seed
        self.seed = self.dataset.seed = seed

    def epoch(self, epoch: int, start: int) -> Iterator[Any]:
        """Batches of one epoch.

        Args:
            epoch (int): Its number.
            start (int): Batches that are left out, and not read.
        """
        self.batches.begin(epoch, start)
        self._iterator = iter(self.loader)
        try:
            yield from self._iterator
        except (ConnectionError, EOFError):
            # A process may end while it hands over a batch.
            self._refuse_ended()
            raise

    def endless(self, done: int) -> Iterator[Any]:
        """Batches of one epoch after another, ``done`` of them left out."""
        if self.batches.never_ends:
            yield from self.epoch(0, done)
        epoch, start = divmod(done, len(self.loader))
        while True:
            yield from self.epoch(epoch, start)
            epoch, start = epoch + 1, 0

    def _refuse_ended(self) -> None:
        """Raise what torch does where a process that loads has ended."""
        workers = getattr(self._iterator, '_workers', [])
        ready = connection.wait([w.sentinel for w in workers], PATIENCE)
        ended = [w for w in workers if w.sentinel in ready]
        for worker in ended:
            worker.join()
        if ended:
            pids = ', '.join(str(worker.pid) for worker in ended)
            raise RuntimeError(
                f'DataLoader worker (pid(s) {pids}) exited unexpectedly'
            ) from None

    def name_reading(self, error: RuntimeError) -> None:
        """Note what a dead process read, as ``reading`` of its error.

        torch raises that error wherever the run is.
        """
        pids = re.findall(r'\d+', str(error).partition('\n')[0])
        found = self.dataset.read_by({int(pid) for pid in pids})
        error.reading = found  # type: ignore[attr-defined]

    def close(self) -> None:
        """End the processes that load."""
        end = getattr(self._iterator, '_shutdown_workers', None)
        if end is not None:
            end()
        self._iterator = self.loader._iterator = None


@atexit.register
def _end_workers() -> None:
    """End processes that still load at the end of the program.

    Python's SIGTERM would let them go on for a while.
    """
    pids = {pid for each in READ for pid in each.reading[:, 0].tolist()}
    children = multiprocessing.active_children()
    ours = [child for child in children if child.pid in pids]
    if ours and hasattr(signal, 'SIGCHLD'):
        # torch would report them as killed.
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for child in ours:
        child.kill()


def _begin_worker(usual: Any, worker: int) -> None:
    """Prepare a process that loads.

    A scheduler's signal, which may go to all processes of a run, must not
    end it before the run has written its checkpoint.
    """
    if usual is not None:
        usual(worker)
    info: Any = get_worker_info()
    info.dataset.note(worker)
    if hasattr(signal, 'SIGUSR1'):
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, lambda *_: signal.alarm(GRACE))
