"""Jobs run in this process or by the workers of a Dask cluster.

Both go through one code path, and results come back in the order of the jobs,
so the number of workers changes nothing in a result.
"""

import contextlib
import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ...errors import InputError

# Jobs in flight per thread: enough to keep it busy, few enough that their
# results do not pile up.
AHEAD = 3
# Seconds between looks for workers, and seconds without any worker after
# which waiting is given up.
LOOK, PATIENCE = 5.0, 60.0
# Messages that Dask keeps for debugging. By default these are a thousand of
# half a megabyte each: the master would hold most of a build.
FEW_MESSAGES = {'distributed.admin.low-level-log-length': 10}


@dataclass(frozen=True)
class Cached:
    """The result of a job that an earlier run finished."""

    value: Any


class Executor:
    """Runs jobs; results come in the order of the jobs.

    Args:
        client (distributed.Client): The cluster; None runs jobs here.
        place (str): The cluster's name in messages.
    """

    def __init__(self, client: Any = None, place: str = '') -> None:
        self._client = client
        self._place = place

    def share(self, value: Any) -> Any:
        """Send each worker a value once; jobs get the result in its place."""
        if self._client is None:
            return value
        return self._client.scatter(value, broadcast=True, hash=False)

    def map(
        self,
        function: Callable[..., Any],
        jobs: Iterable[tuple[Any, ...] | Cached],
        together: int = 1,
    ) -> Iterator[Any]:
        """Results of ``function(*job)`` for all jobs, in their order.

        Jobs are drawn only a little ahead of the results.

        Args:
            function (callable): Importable by the workers.
            jobs (iterable): Arguments of each call, or its cached result.
            together (int): Calls that are sent at once. Sending takes about
                a millisecond: more than a short job.

        Raises:
            InputError: From a job, or workers or scheduler are lost.
        """
        if self._client is None:
            for job in jobs:
                if isinstance(job, Cached):
                    yield job.value
                else:
                    yield function(*job)
            return
        waiting: deque[Any] = deque()
        most = AHEAD * max(1, sum(self._client.nthreads().values()))
        try:
            for batch in _batches(jobs, together):
                if not isinstance(batch, Cached):
                    batch = self._client.submit(
                        _run_batch, function, batch, pure=False
                    )
                waiting.append(batch)
                if len(waiting) >= most:
                    yield from self._results(waiting.popleft())
            while waiting:
                yield from self._results(waiting.popleft())
        finally:
            rest = [job for job in waiting if not isinstance(job, Cached)]
            # The scheduler may be lost.
            with contextlib.suppress(Exception):
                self._client.cancel(rest)

    def _results(self, batch: Any) -> Any:
        from concurrent.futures import CancelledError

        from distributed.scheduler import KilledWorker

        if isinstance(batch, Cached):
            return [batch.value]
        try:
            self._wait(batch)
            return batch.result()
        except KilledWorker:
            raise InputError(
                f'{self._place}: a worker died, perhaps for want of memory; '
                'use fewer --workers and --resume'
            ) from None
        except (CancelledError, OSError) as error:
            if isinstance(error, InputError):
                raise
            raise InputError(
                f'{self._place}: the workers were lost '
                f'({" ".join(str(error).split())[:120]}); --resume'
            ) from None
        except ModuleNotFoundError as error:
            raise InputError(
                f'{self._place}: a worker lacks something ({error}); '
                'install the same geokr_mm there'
            ) from None

    def _wait(self, batch: Any) -> None:
        """Wait for a batch while the cluster has any worker."""
        ended = threading.Event()
        batch.add_done_callback(lambda _: ended.set())
        alone = 0.0
        while not ended.wait(LOOK):
            alone = 0.0 if self._client.nthreads() else alone + LOOK
            if alone >= PATIENCE:
                raise InputError(
                    f'{self._place}: no worker for {PATIENCE:.0f} s; start '
                    'some and --resume'
                )


def _batches(
    jobs: Iterable[tuple[Any, ...] | Cached], size: int
) -> Iterator[list[tuple[Any, ...]] | Cached]:
    """Jobs in lists of ``size``; each cached result by itself."""
    batch: list[tuple[Any, ...]] = []
    for job in jobs:
        if isinstance(job, Cached):
            if batch:
                yield batch
            yield job
            batch = []
            continue
        batch.append(job)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def _run_batch(
    function: Callable[..., Any], jobs: Iterable[tuple[Any, ...]]
) -> list[Any]:
    return [function(*job) for job in jobs]


@contextlib.contextmanager
def open_executor(
    workers: int = 1, scheduler: str | None = None
) -> Iterator[Executor]:
    """This process, ``workers`` on this machine, or a Dask scheduler's.

    Raises:
        InputError: No scheduler at that address, or both are given.
    """
    if workers < 1:
        raise InputError(f'--workers {workers}: must be at least 1')
    if scheduler is not None:
        if workers > 1:
            raise InputError(
                f'--workers {workers} and --scheduler {scheduler}: that '
                'cluster has its own workers; give one of the two'
            )
        with _connected(scheduler) as client:
            yield Executor(client, scheduler)
    elif workers == 1:
        yield Executor()
    else:
        with _local(workers) as client:
            yield Executor(client, f'{workers} workers on this machine')


@contextlib.contextmanager
def _connected(address: str) -> Iterator[Any]:
    import dask
    from distributed import Client

    try:
        with dask.config.set(FEW_MESSAGES):
            client = Client(address, timeout=10, set_as_default=False)
    except (OSError, ValueError, ImportError) as error:
        raise InputError(
            f'--scheduler {address}: no Dask scheduler at this address '
            f'({" ".join(str(error).split())[:120]}); start one with '
            '`dask scheduler` and give its address, e.g. tcp://HOST:8786'
        ) from None
    with client:
        yield client


@contextlib.contextmanager
def _local(workers: int) -> Iterator[Any]:
    import dask
    from distributed import Client, LocalCluster

    # A job that kills its worker would kill the next one too.
    once = {'distributed.scheduler.allowed-failures': 0}
    with (
        dask.config.set({**once, **FEW_MESSAGES}),
        LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            host='127.0.0.1',
            # Any free port and no dashboard, so that clusters do not collide.
            dashboard_address='127.0.0.1:0',
            scheduler_kwargs={'dashboard': False},
            silence_logs=logging.CRITICAL,
        ) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        yield client
