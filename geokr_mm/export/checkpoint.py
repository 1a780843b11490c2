"""Reading a checkpoint without running anything that it brings along.

A ``.pth`` file is a pickle, and a pickle may name any function to be called.
mmengine allow-lists what its own checkpoints need, but loads the file
without a check when that is not enough. Here the list is all there is.
"""

import contextlib
import pickle
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy._core import multiarray

from ..errors import InputError
from ..files import check_sum, expanded


class LogHistory:
    """Takes the place of mmengine's ``HistoryBuffer`` while reading.

    The log of a training run is of no use here, so its class is not needed.
    """

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)


def _methods_of(history: type) -> Callable[[type, str], Any]:
    """Stand-in for ``getattr``, with which a log history finds its methods."""

    def method(owner: type, name: str) -> Any:
        if owner is not history:
            raise pickle.UnpicklingError(
                f'Unsupported global: GLOBAL builtins.getattr of {owner!r}'
            )
        return getattr(history, name, name)

    return method


def allowed_objects(history: type) -> list[Any]:
    """What an mmengine checkpoint names beside tensors and plain types.

    Args:
        history (type): For the log of a training run: :class:`LogHistory`
            or mmengine's ``HistoryBuffer``.

    Returns:
        list: For ``torch.serialization.safe_globals``.
    """
    codes = [
        'bool',
        'u1',
        'u2',
        'u4',
        'u8',
        'i2',
        'i4',
        'i8',
        'f2',
        'f4',
        'f8',
    ]
    numpy_types = {type(np.dtype(code)) for code in codes}
    allowed: list[Any] = [
        (history, 'mmengine.logging.history_buffer.HistoryBuffer'),
        (_methods_of(history), 'builtins.getattr'),
        np.ndarray,
        np.dtype,
        slice,
        *numpy_types,
    ]
    # Files written with numpy 1 and 2 name the same functions differently.
    for package in ('numpy.core', 'numpy._core'):
        allowed += [
            (multiarray._reconstruct, f'{package}.multiarray._reconstruct'),
            (multiarray.scalar, f'{package}.multiarray.scalar'),
        ]
    return allowed


@contextlib.contextmanager
def as_data(name: object, history: type | None = None) -> Iterator[None]:
    """Let ``torch.load`` read the log of a run, and name a refused file.

    Args:
        name (object): Of the file, for the message.
        history (type, optional): See :func:`allowed_objects`. Defaults to
            None, that of mmengine.

    Raises:
        InputError: If the file names an object that is neither a tensor nor
            a plain value, or is no checkpoint.
    """
    if history is None:
        from mmengine.logging import HistoryBuffer

        history = HistoryBuffer
    assert history is not None
    try:
        with torch.serialization.safe_globals(allowed_objects(history)):
            yield
    except pickle.UnpicklingError as error:
        found = re.search(
            r'(?:GLOBAL|global|type|class) ([\w.]+\.\w+)', str(error)
        )
        if found is None:
            raise InputError(_damaged(name)) from None
        raise InputError(
            f'{name}: refused, it holds {found.group(1)}, which is no tensor '
            'and no plain value; nothing was run. Save tensors only, or take '
            'the file from a source that does'
        ) from None


def read_checkpoint(
    path: str | Path, history: type = LogHistory, map_location: Any = 'cpu'
) -> dict[str, Any]:
    """Read a ``.pth`` or ``.safetensors`` file as data.

    Args:
        path (str | Path): A training checkpoint of mmengine, a bare state
            dict or a file written by :func:`export_backbone`.
        history (type): See :func:`allowed_objects`.
        map_location (Any): Of ``torch.load``, for a ``.pth`` file.

    Returns:
        dict: What the file holds, tensors on the CPU. A ``.safetensors``
        file comes back as ``dict(state_dict=..., metadata=...)``.

    Raises:
        InputError: If the file is missing, damaged, no checkpoint, differs
            from the checksum beside it (:func:`.files.sum_file`), or names an
            object that is neither a tensor nor a plain value. Nothing from
            the file has been run by then.
    """
    path = expanded(path)
    if not path.is_file():
        raise InputError(f'{path}: no such checkpoint; check the path')
    if path.suffix == '.safetensors':
        return _read_safetensors(path)
    check_sum(path)
    try:
        with as_data(path, history):
            content = torch.load(
                path, map_location=map_location, weights_only=True
            )
    except InputError:
        raise
    except (RuntimeError, EOFError, ValueError, KeyError, OSError):
        raise InputError(_damaged(path)) from None
    if not isinstance(content, dict):
        raise InputError(
            f'{path}: holds a {type(content).__name__}, not a '
            'checkpoint dict; save a state dict'
        )
    return content


def _read_safetensors(path: Path) -> dict[str, Any]:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework='pt') as file:
            names = file.keys()
            tensors = {name: file.get_tensor(name) for name in names}
            return dict(state_dict=tensors, metadata=file.metadata() or {})
    except (SafetensorError, OSError):
        raise InputError(_damaged(path)) from None


def _damaged(path: object) -> str:
    return (
        f'{path}: cannot be read as a checkpoint, it is truncated or of '
        'another format; copy or write it again'
    )
