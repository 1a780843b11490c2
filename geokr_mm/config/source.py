"""Settings as Python source, as short as it can be read."""

from typing import Any

WIDTH, INDENT = 79, 4
# Before a name, it stands for all entries of that variable.
ALL_OF = '**'


class Name(str):
    """A variable, written without quotes."""


def statement(name: str, value: Any) -> str:
    """Source of ``name = value``, in lines of 79 characters.

    Args:
        name (str): The variable.
        value (Any): Dicts, lists, tuples and plain values. A key ``**x`` of a
            dict, with any value, takes over the entries of variable ``x``.
    """
    head = f'{name} = '
    return head + _source(value, 0, len(head), 0)


def _source(value: Any, indent: int, before: int, after: int) -> str:
    """Source of a value.

    Args:
        value (Any): The value.
        indent (int): Of the line that it begins in.
        before (int): Characters before it in that line.
        after (int): Characters that follow its end.
    """
    line = _line(value)
    parts = _parts(value)
    if indent + before + len(line) + after <= WIDTH or not parts:
        return line
    opening, items, closing = parts
    inner = indent + INDENT
    lines, current = [], ''
    for number, (head, item) in enumerate(items, 1):
        # A comma follows, or all that closes.
        tail = 1 if number < len(items) else after + 1
        text = head + _source(item, inner, len(head), tail)
        broken = '\n' in text
        room = WIDTH - inner - tail - 1
        if current and (broken or len(current) + len(text) > room):
            lines.append(current)
            current = ''
        current = f'{current} {text},'.lstrip()
        if broken:
            lines.append(current)
            current = ''
    lines += [current] if current else []
    body = '\n'.join(' ' * inner + line for line in lines)
    return f'{opening}\n{body[:-1]}{closing}'


def _line(value: Any) -> str:
    parts = _parts(value)
    if parts is None:
        return value if isinstance(value, Name) else repr(value)
    opening, items, closing = parts
    inner = ', '.join(head + _line(item) for head, item in items)
    comma = (
        ',' if closing == ')' and opening == '(' and len(items) == 1 else ''
    )
    return f'{opening}{inner}{comma}{closing}'


def _parts(value: Any) -> tuple[str, list[tuple[str, Any]], str] | None:
    """Opening, heads and items, and closing of a collection; else None."""
    if isinstance(value, dict):
        items = [
            (key, Name('')) if key.startswith(ALL_OF) else (f'{key}=', item)
            for key, item in value.items()
        ]
        return 'dict(', items, ')'
    if isinstance(value, list):
        return '[', [('', item) for item in value], ']'
    if isinstance(value, tuple):
        return '(', [('', item) for item in value], ')'
    return None
