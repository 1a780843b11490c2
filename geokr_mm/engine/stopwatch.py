"""Time that a part of a network takes, without waiting for a GPU."""

import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch.profiler import record_function


class Stopwatch:
    """Adds up the time of blocks; on a GPU that of their work there.

    Args:
        name (str): In a profile.
        gpu (bool): Whether the work is a GPU's.
    """

    def __init__(self, name: str, gpu: bool) -> None:
        self.name, self._gpu = name, gpu
        self._seconds = 0.0
        self._open: deque[tuple[torch.cuda.Event, torch.cuda.Event]] = deque()

    @contextmanager
    def __call__(self) -> Iterator[None]:
        """Time a block."""
        begin = time.perf_counter()
        if self._gpu:
            events = tuple(torch.cuda.Event(True) for _ in range(2))
            events[0].record()
        with record_function(self.name):
            yield
        if self._gpu:
            events[1].record()
            self._open.append((events[0], events[1]))
        else:
            self._seconds += time.perf_counter() - begin

    def taken(self) -> float:
        """Seconds since the last call, of what has ended by now."""
        while self._open and self._open[0][1].query():
            begin, end = self._open.popleft()
            self._seconds += begin.elapsed_time(end) / 1000.0
        found, self._seconds = self._seconds, 0.0
        return found
