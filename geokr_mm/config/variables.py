"""Variables of a config that are set in vain.

``index = 'a.parquet'`` of a base has been copied to where the base uses it by
the time another file or the command line sets it. mmengine goes on with the
old value without a warning.
"""

import inspect
from collections.abc import Callable
from functools import cache
from itertools import takewhile
from pathlib import Path
from typing import Any

from ..errors import InputError
from .uses import BASE, Place, Source, Use, inherit, through

Settings = dict[str, Any]
ABSENT = object()


def refuse_lost_variables(
    path: str, bases: dict[str, list[str]], read: Callable[[str], Any]
) -> None:
    """Stop if a file of a config sets a variable of its bases in vain.

    It is accepted if every place that the base made from it is set too.

    Args:
        path (str): Config file, absolute.
        bases (dict[str, list[str]]): Files with bases, and their bases.
        read (Callable): Reads a file with its bases.

    Raises:
        InputError: Naming the variable, the file and what to write.
    """
    for file in bases.get(path, ()):
        refuse_lost_variables(file, bases, read)
    # Configs of an installed package are not ours to check.
    if path not in bases or '.mim' in Path(path).parts:
        return
    source = Source(path)
    inherited = _inherited(path, bases)
    # Uses of the bases' value in the file itself.
    kept = {
        use._replace(variable=use.variable.removeprefix(f'{BASE}.'))
        for use in source.uses
        if use.variable.startswith(f'{BASE}.')
    }
    for use in list(kept):
        kept |= through(use, inherited)
    used = {use.variable for use in inherited | kept}
    names = [n for n in source.names if n in used and is_variable(n)]
    if not names:
        return
    after = read(path).to_dict()
    before: Settings = {}
    for file in bases[path]:
        before |= read(file).to_dict()
    for name in names:
        if name not in before:
            continue
        lost = _lost(name, inherited, before, after)
        lost += _lost(name, kept, before, after, even_if_set=True)
        if lost:
            raise InputError(
                f'{path}: {name} is a variable of '
                f'{_definer(name, path, bases)} and setting it changes '
                f'nothing; write {_lines(name, after[name], lost)} as well, '
                'or take another name'
            )


def refuse_lost_overrides(
    path: str,
    bases: dict[str, list[str]],
    before: Settings,
    after: Settings,
    overrides: Settings,
) -> None:
    """Stop if an override sets a config's own variable in vain.

    Args:
        path (str): Config file, absolute.
        bases (dict[str, list[str]]): Files with bases, and their bases.
        before (dict): The config without overrides.
        after (dict): The config with them.
        overrides (dict): Values by dotted key.

    Raises:
        InputError: Naming the variable and what to override instead.
    """
    uses = inherit(Source(path), _inherited(path, bases))
    for key in overrides:
        name, dot, rest = key.partition('.')
        if not is_variable(name) or name not in before:
            continue
        lost = _lost(name, uses, before, after)
        if lost:
            places = ', '.join(_dotted(use.place) + dot + rest for use in lost)
            raise InputError(
                f'{path}: {name} is a variable of this file and overriding '
                f'it changes nothing; override {places}'
            )


def is_variable(name: str) -> bool:
    """Whether a name is a variable of configs, not a setting of a run.

    ``data_preprocessor`` is one: a run reads it only where the model has none.
    """
    return name not in _settings() or name == 'data_preprocessor'


@cache
def _settings() -> set[str]:
    """Settings of a run, such as model and train_dataloader."""
    from mmengine.runner import Runner

    return {*inspect.signature(Runner).parameters, 'auto_scale_lr'}


def _inherited(path: str, bases: dict[str, list[str]]) -> set[Use]:
    """Uses in all bases of a file together."""
    found: set[Use] = set()
    for file in bases.get(path, ()):
        found |= inherit(Source(file), _inherited(file, bases))
    return found


def _lost(
    name: str,
    uses: set[Use],
    before: Settings,
    after: Settings,
    even_if_set: bool = False,
) -> list[Use]:
    """Uses of a variable that its new value did not reach."""
    lost = []
    for use in uses:
        if use.variable != name or use.place[0] not in _settings():
            continue
        new = _at(after, use.place)
        if new is ABSENT:
            continue
        followed = (new if use.exact else before[name]) == after[name]
        if not followed and (even_if_set or new == _at(before, use.place)):
            lost.append(use)
    return sorted(lost, key=lambda use: (len(use.place), _dotted(use.place)))


def _at(value: Any, place: Place) -> Any:
    """The value at a place, ABSENT if there is none."""
    for key in place:
        if isinstance(value, list | tuple):
            value = dict(enumerate(value))
        if not isinstance(value, dict) or key not in value:
            return ABSENT
        value = value[key]
    return value


def _definer(name: str, path: str, bases: dict[str, list[str]]) -> str:
    """Name of the nearest base that sets a variable."""
    files = list(bases.get(path, ()))
    for file in files:  # grows while it is walked: nearer ones first
        if name in Source(file).names:
            return Path(file).name
        files += bases.get(file, ())
    return 'a base'


def _dotted(place: Place) -> str:
    return '.'.join(map(str, place))


def _lines(name: str, value: Any, uses: list[Use]) -> str:
    """Lines to write: assignments, or settings that need a new value."""
    lines = []
    for use in uses:
        # One element of a list cannot be set in a file, only the list.
        keys = list(takewhile(lambda key: isinstance(key, str), use.place))
        if use.exact and keys == [*use.place] and not isinstance(value, dict):
            first, *rest = map(str, keys)
            inner = name
            for key in reversed(rest):
                inner = f'dict({key}={inner})'
            lines.append(f'{first} = {inner}')
        else:
            lines.append(f'the new {_dotted(tuple(keys))}')
    return ' and '.join(dict.fromkeys(lines))
