"""Places in a config that are made from its variables.

Reading a config copies values of variables to where they are used and keeps no
trace of that, so the source is parsed.
"""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

# Keys and positions on the way from a setting to a value in it.
Place = tuple[str | int, ...]
Parts = list[tuple[ast.expr, Place]]

BASE = '_base_'


class Use(NamedTuple):
    """A place made from a variable.

    Attributes:
        place (Place): The setting's name first.
        variable (str): Its name; ``'_base_.name'`` for the value that the
            bases of a file gave it.
        exact (bool): Whether the value is the variable's own, not computed
            from it.
    """

    place: Place
    variable: str
    exact: bool


class Source:
    """Variables in the source of one config file.

    Args:
        path (str): Config file; one that is not Python uses no variables.

    Attributes:
        names (list[str]): Names that it sets at the top level.
        uses (set[Use]): In all that it sets, also through other variables.
        whole (set[Place]): Places that it sets as a whole, replacing all
            that its bases set below them.
    """

    def __init__(self, path: str) -> None:
        self.names: list[str] = []
        self.uses: set[Use] = set()
        self.whole: set[Place] = set()
        if Path(path).suffix != '.py':
            from mmengine.fileio import load

            self.names += load(path)
            return
        text = Path(path).read_text(encoding='utf-8')
        for statement in ast.parse(text).body:
            if isinstance(statement, ast.Assign):
                targets = statement.targets
            elif isinstance(statement, ast.AnnAssign):
                targets = [statement.target]
            else:
                continue
            for target in targets:
                if isinstance(target, ast.Name) and target.id != BASE:
                    self._assign(target.id, statement.value)

    def _assign(self, name: str, value: ast.expr | None) -> None:
        """Read a statement; names in it are of statements above."""
        if value is None:
            return
        found = set(_uses(value, (name,)))
        for use in list(found):
            found |= through(use, self.uses)
        if name not in self.names:
            self.names.append(name)
        self.uses = {u for u in self.uses if u.place[0] != name} | found
        self.whole = {p for p in self.whole if p[0] != name}
        self.whole |= set(_wholes(value, (name,)))


def through(use: Use, others: set[Use]) -> set[Use]:
    """Uses, at the place of ``use``, of the variables it was made from.

    Args:
        use (Use): Of a variable.
        others (set[Use]): Of other variables in that one.
    """
    name = use.variable.removeprefix(f'{BASE}.')
    return {
        Use(
            use.place + other.place[1:] if use.exact else use.place,
            other.variable,
            use.exact and other.exact,
        )
        for other in others
        if other.place[0] == name
    }


def inherit(source: Source, bases: set[Use]) -> set[Use]:
    """Uses in the merged config of a file and its bases."""
    kept = {
        use
        for use in bases
        if not any(
            use.place[: len(place)] == place and use.place != place
            for place in source.whole
        )
    }
    for use in source.uses:
        if use.variable.startswith(f'{BASE}.'):
            kept |= through(use, bases)
        kept.add(use._replace(variable=use.variable.removeprefix(f'{BASE}.')))
    return kept


def _parts(value: ast.expr, place: Place) -> Parts | None:
    """Values of a dict or list that is written out; None for others."""
    if isinstance(value, ast.List | ast.Tuple):
        return [(v, (*place, i)) for i, v in enumerate(value.elts)]
    if isinstance(value, ast.Dict):
        return [
            (inner, (*place, str(key.value)) if key else place)
            for key, inner in zip(value.keys, value.values, strict=True)
            if key is None or isinstance(key, ast.Constant)
        ]
    if (
        isinstance(value, ast.Call)
        and isinstance(value.func, ast.Name)
        and value.func.id == 'dict'
    ):
        plain: Parts = [(inner, place) for inner in value.args]
        return plain + [
            (item.value, (*place, item.arg) if item.arg else place)
            for item in value.keywords
        ]
    return None


def _reference(value: ast.AST) -> str | None:
    """Variable that an expression is: x, _base_.x or {{_base_.x}}."""
    while isinstance(value, ast.Set) and len(value.elts) == 1:
        value = value.elts[0]
    if isinstance(value, ast.Name):
        return value.id
    if isinstance(value, ast.Attribute) and (
        isinstance(value.value, ast.Name) and value.value.id == BASE
    ):
        return f'{BASE}.{value.attr}'
    return None


def _uses(value: ast.expr, place: Place) -> Iterator[Use]:
    """Uses of variables in an expression."""
    name, parts = _reference(value), _parts(value, place)
    if name is not None:
        yield Use(place, name, True)
    elif parts is not None:
        for inner, deeper in parts:
            yield from _uses(inner, deeper)
    else:
        for node in ast.walk(value):
            name = _reference(node)
            if name is not None:
                yield Use(place, name, False)


def _wholes(value: ast.expr, place: Place) -> Iterator[Place]:
    """Places that take nothing over from a base."""
    parts = _parts(value, place)
    if isinstance(value, ast.List | ast.Tuple) or (
        parts is None and _reference(value) is None
    ):
        yield place
        return
    for inner, deeper in parts or ():
        if deeper[-1] == '_delete_':
            yield place
        yield from _wholes(inner, deeper)
