"""Checking a product file against its schema: the first fault is one line."""

from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from ...errors import InputError
from ..core.yaml_file import shortened
from .schema import ProductFile, known_keys

#: What a value must be, by pydantic's name of the fault.
MUST = {
    'int_type': 'must be a whole number, without quotes or decimal point',
    'float_type': 'must be a number',
    'string_type': 'must be text; put it in quotes',
    'string_too_short': 'must not be empty',
    'list_type': 'must be a list, as in [1, 2]',
    'dict_type': 'must be keys with values',
    'model_type': 'must be keys with values',
    'finite_number': 'must be a finite number',
    'greater_than': 'must be more than {gt:g}',
    'greater_than_equal': 'must be at least {ge:g}',
    'less_than': 'must be less than {lt:g}',
    'less_than_equal': 'must be at most {le:g}',
    'too_short': 'must have at least {min_length}',
    'too_long': 'must have at most {max_length}',
}


def check_product(data: dict[str, Any], where: str) -> ProductFile:
    """A product file's entries, checked.

    Raises:
        InputError: A key that is unknown or missing, or a value of the wrong
            type or range; names file, key and value.
    """
    try:
        return ProductFile.model_validate(data)
    except ValidationError as error:
        # A missing key often is another one misspelt.
        faults = sorted(
            error.errors(include_url=False),
            key=lambda e: e['type'] != 'extra_forbidden',
        )
        raise InputError(f'{where}: {_in_words(faults[0], data)}') from None


def _in_words(fault: Any, data: dict[str, Any]) -> str:
    """A fault in words: place, value, cure."""
    kind, path = fault['type'], fault['loc']
    place = _place(path, data)
    if kind in ('extra_forbidden', 'invalid_key'):
        keys = known_keys(path[:-1])
        near = get_close_matches(str(path[-1]), keys, 1)
        cure = f'write {near[0]!r}' if near else f'known are {", ".join(keys)}'
        return f'{place}: unknown key, with value {_value(fault)}; {cure}'
    if kind == 'missing':
        return f'{place} is missing; see docs/products.md'
    context = fault.get('ctx', {})
    if kind == 'value_error':
        words = str(context['error'])
        # Faults of the file as a whole name their key themselves.
        return f'{place}: {_value(fault)} {words}' if path else words
    if kind in MUST:
        return f'{place}: {_value(fault)} {MUST[kind].format(**context)}'
    return f'{place}: {_value(fault)}: {fault["msg"]}'


def _value(fault: Any) -> str:
    return shortened(fault['input'])


def _place(path: tuple[Any, ...], data: dict[str, Any]) -> str:
    """Where a fault lies, e.g. ``class 'wood': color[1]``."""
    start = ''
    if path[:1] == ('classes',) and len(path) > 1:
        entry = data['classes'][path[1]]
        name = entry.get('name') if isinstance(entry, dict) else None
        start = f'class {path[1] + 1 if name is None else repr(name)}'
        path = path[2:]
    text = ''
    for step in path:
        if step == '[key]' or str(step).startswith('('):
            continue
        text += f'[{step}]' if isinstance(step, int) and text else f'.{step}'
    return ': '.join(part for part in (start, text.lstrip('.')) if part)
