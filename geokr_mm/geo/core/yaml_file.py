"""Reading YAML files: each that cannot be used is one line."""

from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

from ...errors import InputError

# libyaml's safe loader is some ten times faster, where PyYAML has it.
BASE: Any = getattr(yaml, 'CSafeLoader', yaml.SafeLoader)
MERGE = 'tag:yaml.org,2002:merge'


class _Loader(BASE):
    """A safe loader that refuses a key given twice; PyYAML takes the last."""

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        seen: set[Hashable] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, Hashable) or key_node.tag == MERGE:
                continue
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None,
                    None,
                    f'key {key!r} is given twice',
                    key_node.start_mark,
                )
            seen.add(key)
        return super().construct_mapping(node, deep)


def read_yaml(file: Any, where: str | Path) -> dict[str, Any]:
    """Keys and values of a YAML file.

    Raises:
        InputError: It cannot be read, is no UTF-8 text, no valid YAML, has a
            key twice, is empty or holds anything but keys with values.
    """
    try:
        text = file.read_bytes().decode('utf-8-sig')
    except OSError as error:
        raise InputError(
            f'{where}: cannot be read ({error.strerror}); check its '
            'permissions'
        ) from None
    except UnicodeDecodeError as error:
        raise InputError(
            f'{where}: byte {error.start + 1} is not UTF-8 text; save the '
            'file as UTF-8'
        ) from None
    try:
        # _Loader is a safe one.
        data = yaml.load(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = '' if mark is None else f', line {mark.line + 1}'
        problem = ' '.join(str(error.problem).split())
        raise InputError(
            f'{where}: not valid YAML{line}: {problem}; mend it there'
        ) from None
    # ValueError: what looks like a date but is none.
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        problem = ' '.join(str(error).split())
        raise InputError(f'{where}: not valid YAML: {problem}') from None
    if data is None:
        raise InputError(f'{where}: empty file; write `key: value` lines')
    if not isinstance(data, dict):
        raise InputError(
            f'{where}: holds {shortened(data)}, not keys with values; write '
            '`key: value` lines'
        )
    return data


def shortened(value: Any, most: int = 60) -> str:
    """A value as one short line, for messages."""
    text = repr(value)
    return text if len(text) <= most else f'{text[: most - 3]}...'
