"""Variables of a config that are set in vain.

``index = 'a.parquet'`` of a base has been copied to where the base uses it by
the time another file or the command line sets it. mmengine goes on with the
old value without a warning. So the config is read once more, with the new
value in the base itself: where the two differ, the new value was lost.
"""

import ast
import inspect
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import takewhile
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import InputError
from .bases import Bases

Settings = dict[str, Any]
# Keys and positions on the way to a value.
Place = tuple[str | int, ...]
ABSENT = object()


class Lost(NamedTuple):
    """A place that a variable's new value did not reach.

    ``exact`` where the value belongs there as it is, not computed from.
    """

    place: Place
    exact: bool

    @property
    def dotted(self) -> str:
        """The place as ``--cfg-options`` names it."""
        return '.'.join(map(str, self.place))


def refuse_lost_variables(
    path: str, bases: Bases, read: Callable[[str], Any]
) -> None:
    """Stop if a file of a config sets a variable of its bases in vain.

    It is accepted if every place that the base made from it is set too.

    Args:
        path (str): Config file, absolute.
        bases (Bases): Of the config, which was read.
        read (Callable): Reads a file with its bases.

    Raises:
        InputError: Naming the variable, the file and what to write.
    """
    for file in bases.of.get(path, ()):
        refuse_lost_variables(file, bases, read)
    # Configs of an installed package are not ours to check.
    if path not in bases.of or '.mim' in Path(path).parts:
        return
    files = bases.below(path)
    # Nearer bases last.
    definer = {n: file for file in reversed(files) for n in _names(file)}
    names = [n for n in _names(path) if n in definer]
    for name in _variables(names, [path, *files]):
        where = f'{path}: {name} is a variable of {Path(definer[name]).name}'
        after = read(path).to_dict()
        lost = _lost(
            name, after, files, bases, lambda: read(path).to_dict(), where
        )
        if lost:
            raise InputError(
                f'{where} and setting it changes nothing; write '
                f'{_lines(name, after[name], lost)} as well, or take another '
                'name'
            )


def refuse_lost_overrides(
    path: str,
    bases: Bases,
    after: Settings,
    overrides: Settings,
    read: Callable[[], Settings],
) -> None:
    """Stop if an override sets a config's own variable in vain.

    Args:
        path (str): Config file, absolute.
        bases (Bases): Of the config, which was read.
        after (dict): The config with overrides.
        overrides (dict): Values by dotted key.
        read (Callable): Reads the config again and applies them.

    Raises:
        InputError: Naming the variable and what to override instead.
    """
    files = [path, *bases.below(path)]
    known = _variables([n for file in files for n in _names(file)], files)
    for key in overrides:
        name, dot, rest = key.partition('.')
        if name not in known:
            continue
        where = f'{path}: {name} is a variable of this file'
        lost = _lost(name, after, files, bases, read, where)
        if lost:
            inner = dot + rest
            places = (f'{p.dotted}{inner if p.exact else ""}' for p in lost)
            raise InputError(
                f'{where} and overriding it changes nothing; override '
                f'{", ".join(places)}'
            )


def _variables(names: Sequence[str], files: Sequence[str]) -> list[str]:
    """Those of some names that files use and that are no settings of a run.

    ``data_preprocessor`` is one: a run reads it only where the model has none.
    """
    used: set[str] = set()
    for node in (n for file in files for n in ast.walk(_tree(file))):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            used.add(node.id)
        elif isinstance(node, ast.Attribute):
            used.add(node.attr)
    return [
        name
        for name in dict.fromkeys(names)
        if name in used
        and (name == 'data_preprocessor' or name not in _settings())
    ]


@cache
def _settings() -> set[str]:
    """Settings of a run, such as model and train_dataloader."""
    from mmengine.runner import Runner

    return {*inspect.signature(Runner).parameters, 'auto_scale_lr'}


def _tree(path: str) -> ast.Module:
    """The source of a config; nothing for other files than Python."""
    if not path.endswith('.py'):
        return ast.Module([], [])
    return ast.parse(Path(path).read_text(encoding='utf-8'))


def _names(path: str) -> list[str]:
    """Names that a config file sets at its top level, without bases."""
    if not path.endswith('.py'):
        from mmengine.fileio import load

        return list(load(path))
    found = [n for node in _tree(path).body for n in _targets(node)]
    return list(dict.fromkeys(found))


def _targets(node: ast.stmt) -> Iterator[str]:
    """Names that a statement assigns a value to."""
    targets: list[ast.expr] = []
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AnnAssign) and node.value is not None:
        targets = [node.target]
    for target in targets:
        if isinstance(target, ast.Name):
            yield target.id


def _with_value(text: str, name: str, value: str) -> str:
    """The source of a config with another value of a variable."""
    tree = ast.parse(text)
    for node in tree.body:
        if name in _targets(node):
            assert isinstance(node, ast.Assign | ast.AnnAssign)
            node.value = ast.parse(value, mode='eval').body
    return ast.unparse(tree)


def _lost(
    name: str,
    actual: Settings,
    files: Sequence[str],
    bases: Bases,
    read: Callable[[], Settings],
    where: str,
) -> list[Lost]:
    """Places that would be others if ``files`` had a variable's new value."""
    value = actual.get(name, ABSENT)
    try:
        ast.literal_eval(repr(value))
    except (ValueError, SyntaxError):
        # A class or a function cannot be written into a file.
        return []
    users = [f for f in files if f.endswith('.py') and name in _names(f)]
    with bases.rewritten(
        users, lambda text: _with_value(text, name, repr(value))
    ):
        try:
            wanted = read()
        except InputError as error:
            raise InputError(
                f'{where}, which does not take this value ({error}); set it '
                'to one of the same kind, or take another name'
            ) from error
    ours, theirs = (
        {k: v for k, v in config.items() if k in _settings()}
        for config in (actual, wanted)
    )
    found = _apart(ours, theirs, value, ())
    return sorted(found, key=lambda lost: (len(lost.place), lost.dotted))


def _apart(
    actual: Any, wanted: Any, value: Any, place: Place
) -> Iterator[Lost]:
    """Places at which two settings differ."""
    if actual == wanted:
        return
    one, other = _items(actual), _items(wanted)
    if wanted == value or one is None or other is None:
        yield Lost(place, wanted == value)
        return
    for key in {*one, *other}:
        inner = one.get(key, ABSENT), other.get(key, ABSENT)
        yield from _apart(*inner, value, (*place, key))


def _items(value: Any) -> dict[Any, Any] | None:
    """What a setting holds by key or position; None of a plain value."""
    if isinstance(value, list | tuple):
        return dict(enumerate(value))
    return value if isinstance(value, dict) else None


def _lines(name: str, value: Any, places: Sequence[Lost]) -> str:
    """Lines to write: assignments, or settings that need a new value."""
    lines = []
    for place, exact in places:
        # One element of a list cannot be set in a file, only the list.
        keys = list(takewhile(lambda key: isinstance(key, str), place))
        if exact and keys == [*place] and not isinstance(value, dict):
            first, *rest = map(str, keys)
            inner = name
            for key in reversed(rest):
                inner = f'dict({key}={inner})'
            lines.append(f'{first} = {inner}')
        else:
            lines.append(f'the new {".".join(map(str, keys))}')
    return ' and '.join(dict.fromkeys(lines))
