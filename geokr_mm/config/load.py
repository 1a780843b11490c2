"""From a config file and overrides to settings, or to one line."""

import argparse
import ast
import os.path as osp
import sys
import traceback
from itertools import chain
from pathlib import Path
from typing import Any

from ..errors import InputError
from .bases import Bases, config_folder, shipped_as
from .variables import refuse_lost_overrides, refuse_lost_variables


def check_config(path: str) -> None:
    """Refuse a wrong path before any library is imported.

    Raises:
        InputError: If there is no such file.
    """
    if osp.isfile(path):
        return
    same = shipped_as(path)
    if same is not None:
        raise InputError(
            f'{path}: no such config; the one of that name is '
            f'{config_folder()}/{same}'
        )
    raise InputError(
        f'{path}: no such config; give the path of a file under '
        'configs/, or its bare name to `mim train geokr_mm`'
    )


def load_config(path: str, overrides: list[str]) -> Any:
    """Read a config and apply overrides.

    Bases may be named as ``geokr_mm::_base_/...``. A base that was not copied
    with a config is read from our own configs, with a note on the standard
    error.

    Args:
        path (str): Config file.
        overrides (list[str]): ``key=value`` strings, keys with dots.

    Returns:
        mmengine.Config: The merged config.

    Raises:
        InputError: If the file or one of its bases is missing or cannot be
            read, an override has no ``=``, or a variable is set in vain.
    """
    check_config(path)
    bases = Bases()
    file = osp.abspath(path)
    with bases.used():
        config = _read(path, bases)
        refuse_lost_variables(file, bases, lambda base: _read(base, bases))
        if bases.borrowed:
            print(
                f'note: {path}: not beside it, so read from '
                f'{config_folder()}: {", ".join(bases.borrowed)}',
                file=sys.stderr,
            )
        options = _override(path, config, overrides)

        def again() -> dict[str, Any]:
            read = _read(path, bases)
            _override(path, read, overrides)
            return read.to_dict()

        refuse_lost_overrides(file, bases, config.to_dict(), options, again)
    return config


def _read(path: str, bases: Bases) -> Any:
    """Read a file; a config is a program, so anything can go wrong."""
    from mmengine.config import Config

    try:
        copy = bases.copies.get(osp.abspath(path), path)
        return Config.fromfile(copy)
    except InputError:
        raise
    except Exception as error:
        file, what = _fault(path, bases, error)
        raise InputError(f'{file}: not a valid config: {what}') from error


def _fault(path: str, bases: Bases, error: Exception) -> tuple[str, str]:
    """File where an error is, of a config and its bases, and what it is."""
    what = ' '.join(f'{type(error).__name__}: {error}'.split())
    files = [osp.abspath(path), *chain(*bases.of.values())]
    if isinstance(error, SyntaxError):
        for file in files:
            try:
                ast.parse(Path(file).read_text(encoding='utf-8'))
            except SyntaxError as found:
                return file, f'line {found.lineno}: {found.msg}'
    for frame in traceback.extract_tb(error.__traceback__):
        if frame.filename in files:
            return frame.filename, f'line {frame.lineno}: {what}'
    return path, what


def _override(path: str, config: Any, overrides: list[str]) -> dict[str, Any]:
    """Apply ``--cfg-options``; their values by dotted key."""
    from mmengine.config import DictAction

    for item in overrides:
        if '=' not in item:
            raise InputError(f'--cfg-options {item}: write key=value')
    holder = argparse.Namespace()
    try:
        DictAction([], 'options')(argparse.ArgumentParser(), holder, overrides)
        config.merge_from_dict(holder.options)
    except (KeyError, TypeError, IndexError, AssertionError) as error:
        raise InputError(
            f'--cfg-options {" ".join(overrides)}: {error} (config {path})'
        ) from error
    return dict(holder.options)
