"""Options of a command as fields of a dataclass.

Default, help and command-line form of an option stand in one place: the
field. A command makes its arguments from the class, and the class from what
argparse returns.
"""

import argparse
from collections.abc import Callable
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, TypeVar

T = TypeVar('T')


def option(
    default: Any = MISSING,
    flag: str = '',
    read: Callable[[Any], Any] | None = None,
    stored: bool = True,
    **argument: Any,
) -> Any:
    """A field that is an argument of a command.

    Args:
        default: Where the argument is not given; else it is required.
        flag (str): The argument; ``--`` and the field's name by default.
        read (callable): Makes the field's value of the argument's.
        stored (bool): Whether an index stores it with its command.
        argument: For :meth:`argparse.ArgumentParser.add_argument`.
    """
    described = dict(flag=flag, read=read, stored=stored, argument=argument)
    return field(default=default, metadata=described)


def _arguments(options: type[Any]) -> list[tuple[Any, str]]:
    """Fields that are arguments, and their flags; inherited ones last."""

    def inherited(item: Any) -> bool:
        return item.name not in options.__annotations__

    return [
        (item, item.metadata['flag'] or f'--{item.name.replace("_", "-")}')
        for item in sorted(fields(options), key=inherited)
        if 'argument' in item.metadata
    ]


def add_arguments(parser: argparse.ArgumentParser, options: type[Any]) -> None:
    """Add an argument for each field of a dataclass made by :func:`option`."""
    for item, flag in _arguments(options):
        how = {
            'required': item.default is MISSING,
            **item.metadata['argument'],
        }
        parser.add_argument(
            flag, dest=item.name, default=argparse.SUPPRESS, **how
        )


def read_options(
    options: type[T], parsed: argparse.Namespace, **defaults: Any
) -> T:
    """The options of a command line.

    ``defaults`` are values in place of the dataclass's own.

    Raises:
        InputError: From reading a value.
    """
    values = dict(defaults)
    for item, _ in _arguments(options):
        if item.name in parsed:
            value, read = getattr(parsed, item.name), item.metadata['read']
            values[item.name] = value if read is None else read(value)
    return options(**values)


def unstored_flags(*options: type[Any]) -> dict[str, bool]:
    """Arguments that an index does not store, and whether a value follows."""
    return {
        flag: item.metadata['argument'].get('action') != 'store_true'
        for some in options
        for item, flag in _arguments(some)
        if not item.metadata['stored']
    }


def comma_list(text: str) -> tuple[str, ...]:
    """The words of ``A,B,...``."""
    return tuple(word.strip() for word in text.split(',') if word.strip())


@dataclass(frozen=True, kw_only=True)
class WorkerOptions:
    """What all commands share that can have several workers."""

    workers: int = option(
        1,
        stored=False,
        type=int,
        metavar='N',
        help='processes on this machine (default: 1)',
    )
    scheduler: str | None = option(
        None,
        stored=False,
        metavar='ADDRESS',
        help='workers of an existing Dask cluster instead, e.g. '
        'tcp://HOST:8786; it must see the same paths',
    )
    resume: bool = option(
        False,
        stored=False,
        action='store_true',
        help='go on with an interrupted run of the same inputs',
    )


@dataclass(frozen=True, kw_only=True)
class MapOptions:
    """How a land-cover map is read, and how finely it is measured."""

    grid: int = option(
        1,
        type=int,
        metavar='G',
        help='also store fractions of G x G cells (default: 1)',
    )
    legend: str = option(
        'common',
        metavar='NAME',
        help="common (ten classes, default) or native (the product's own)",
    )
    year: int | None = option(
        None,
        type=int,
        help='year of the map (default: from its file names)',
    )
    spherical: bool = option(
        True,
        flag='--plain-coverage',
        action='store_false',
        help='weigh cells of geographic products alike, not by true area',
    )


def add_map(parser: argparse.ArgumentParser, product: str) -> None:
    """Add the arguments of one map to compare with or to export.

    Args:
        parser (argparse.ArgumentParser): Takes the arguments, in place.
        product (str): Help of ``--product``: what the map is for.
    """
    add = parser.add_argument
    add('--product', required=True, help=product)
    add(
        '--land-cover',
        nargs='+',
        required=True,
        metavar='PATH',
        help='its files, or folders of them; FILE#BAND names a band',
    )
    add('--year', type=int, help='year of the map (default: from file names)')
