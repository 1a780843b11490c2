"""Reading the configuration that a checkpoint carries, as data.

mmengine stores the configuration as Python source. Running source that came
with a file is what :mod:`.checkpoint` takes care not to do, so the few forms
that mmengine writes are read from the syntax tree instead.
"""

import ast
from typing import Any


def read_config_text(text: str) -> dict[str, Any]:
    """Read mmengine's ``Config.pretty_text``.

    Args:
        text (str): Assignments of literals and ``dict(...)`` calls.

    Returns:
        dict: Name to value. A value in any other form is kept as its source
        text. Empty if the text is no Python.
    """
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return {}
    values = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(
            node.targets[0], ast.Name
        ):
            values[node.targets[0].id] = _value(node.value)
    return values


def _value(node: ast.expr) -> Any:
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == 'dict'
    ):
        # Keys that are no identifiers come as dict({...}).
        first = _value(node.args[0]) if node.args else {}
        named = {k.arg: _value(k.value) for k in node.keywords if k.arg}
        return {**first, **named} if isinstance(first, dict) else first
    if isinstance(node, ast.Dict):
        return {
            _value(k): _value(v)
            for k, v in zip(node.keys, node.values, strict=True)
            if k is not None
        }
    if isinstance(node, ast.List):
        return [_value(item) for item in node.elts]
    if isinstance(node, ast.Tuple):
        return tuple(_value(item) for item in node.elts)
    try:
        return ast.literal_eval(node)
    except ValueError:
        return ast.unparse(node)
