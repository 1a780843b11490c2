"""Command line of tools/build_index.py."""

import argparse
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from ..core.options import add_arguments, read_options, unstored_flags
from .options import BuildOptions, RunOptions

# Values of one option that an index stores.
MOST_VALUES = 100

EXAMPLE = """example:
  python tools/build_index.py --scenes 'zion/landsat_b?.tif' \\
      --product nlcd --year 2011 --land-cover zion/nlcd2011.tif \\
      --patch-size 64 --out zion.parquet"""


def parser() -> argparse.ArgumentParser:
    """The parser of the command."""
    made = argparse.ArgumentParser(
        prog='build_index.py',
        description='Cut scenes into patches and store what a land-cover '
        'product knows about each: the knowledge index.',
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_arguments(made, BuildOptions)
    add_arguments(made, RunOptions)
    return made


def main(arguments: Sequence[str] | None = None) -> None:
    """Parse the command line and build the index."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    parsed = parser().parse_args(given)
    from .build import build_index

    options = read_options(BuildOptions, parsed, product='', land_cover=())
    run = read_options(RunOptions, parsed, quiet=False)
    command = shlex.join(['build_index.py', *stored_arguments(given)])
    summary = build_index(options, command, **vars(run))
    if not run.quiet:
        print(summary)


def stored_arguments(given: Sequence[str]) -> list[str]:
    """Arguments worth storing: what the content depends on.

    Where the index goes and how it is made leave no trace, so that the same
    inputs give the same bytes; absolute paths are cut to their last part,
    URLs lose what signs them, and of a million paths that a shell made of a
    ``*`` a few are kept.
    """
    from ..core.addresses import printable, without_token

    unstored = unstored_flags(BuildOptions, RunOptions)
    kept: list[str] = []
    values = 0
    skip = False
    for argument in given:
        if skip:
            skip = False
            continue
        argument = printable(without_token(argument))
        name = argument.split('=')[0]
        if name in unstored:
            skip = '=' not in argument and unstored[name]
            continue
        values = 0 if argument.startswith('--') else values + 1
        if values > MOST_VALUES:
            if values == MOST_VALUES + 1:
                kept.append('...')
            continue
        # A path may stand behind --map's PRODUCT=.
        before, sign, last = argument.rpartition('=')
        path = Path(last)
        kept.append(
            before + sign + (path.name if path.is_absolute() else last)
        )
    return kept
