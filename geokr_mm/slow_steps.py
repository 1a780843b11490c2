"""Steps of preparation that name themselves when they take long."""

import contextlib
import time
from collections.abc import Iterator
from threading import Timer

from mmengine.logging import print_log

PATIENCE = 2.0


@contextlib.contextmanager
def slow_step(what: str, patience: float = PATIENCE) -> Iterator[None]:
    """Log what is being done once it takes longer than ``patience`` seconds.

    Args:
        what (str): Such as ``'reading data/index.parquet'``.
        patience (float): Seconds; a quicker step logs nothing.
    """
    begin = time.monotonic()
    timer = Timer(patience, _log, [f'{what} ...'])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
    took = time.monotonic() - begin
    if took > patience:
        _log(f'{what}: took {took:.0f} s')


def _log(text: str) -> None:
    print_log(text, 'current')
