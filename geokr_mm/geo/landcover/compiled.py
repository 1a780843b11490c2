"""Functions compiled by numba, wherever the package is installed."""

import contextlib
from collections.abc import Callable
from typing import TypeVar, cast

from numba import njit

Function = TypeVar('Function', bound=Callable[..., object])


def compiled(function: Function) -> Function:
    """Compile a function and keep the result for the next process.

    It is kept beside the source, else in the user's cache, else in
    ``NUMBA_CACHE_DIR``. Where none can be written, as in a read-only install
    for a user without a home, each process compiles anew, which takes some
    seconds.
    """
    with contextlib.suppress(RuntimeError):
        return cast(Function, njit(cache=True, nogil=True)(function))
    return cast(Function, njit(nogil=True)(function))
