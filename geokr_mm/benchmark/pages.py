"""Blocks of the documentation that are made from the results table."""

import re
from collections.abc import Sequence
from pathlib import Path

from ..errors import InputError
from ..files import written_whole
from .figure import Curve, alt_text, curves, draw
from .tables import FINE_TUNE, Row, by_method, markdown, mean_of_tasks

# After a protocol's name: one table in place of all.
MEAN = '-mean'
BLOCK = re.compile(
    r'(<!-- results: (?P<name>[\w-]+) -->\n).*?<!-- /results -->', re.DOTALL
)
FIGURE = re.compile(
    r'(<!-- figure: (?P<protocol>[\w-]+): (?P<methods>[^\n]+?) -->\n)'
    r'!\[[^\]]*\]\((?P<path>[^)]+)\)\n<!-- /figure -->'
)


def fill(text: str, rows: Sequence[Row]) -> str:
    """Rewrite what stands between marks.

    ``<!-- results: NAME -->`` marks a table: of a protocol of
    tools/benchmark.py, by method, of its mean over fine-tuned tasks alone if
    ``-mean`` follows, or of a task outside of these protocols, or of ``all``.
    ``<!-- figure: PROTOCOL: METHOD, METHOD -->`` marks an image of that mean,
    whose text has the figures.

    Args:
        text (str): A Markdown page.
        rows (Sequence[Row]): Rows of the results table.

    Returns:
        str: The page with up-to-date tables.

    Raises:
        InputError: If a block names something without rows.
    """

    def table(match: re.Match[str]) -> str:
        name = match['name'].removesuffix(MEAN)
        chosen = [r for r in rows if name in ('all', _group(r))]
        if not chosen:
            raise InputError(
                f'no results for the block {name!r}; run its '
                'benchmark or take the block out'
            )
        protocol = ': ' in chosen[0]['protocol'] and name != 'all'
        if name != match['name']:
            tuned = [r for r in chosen if FINE_TUNE in r['protocol']]
            made = mean_of_tasks(tuned)
        else:
            made = by_method(chosen) if protocol else markdown(chosen)
        return f'{match[1]}{made}<!-- /results -->'

    def image(match: re.Match[str]) -> str:
        words = alt_text(_curves(match, rows))
        return f'{match[1]}![{words}]({match["path"]})\n<!-- /figure -->'

    return FIGURE.sub(image, BLOCK.sub(table, text))


def update_page(path: Path, rows: Sequence[Row], check: bool) -> bool:
    """Bring one page and its figures up to date.

    Args:
        path (Path): The Markdown page.
        rows (Sequence[Row]): Rows of the results table.
        check (bool): Only look, do not write.

    Returns:
        bool: Whether the page was out of date, or an image was missing.
    """
    old = path.read_text(encoding='utf-8')
    new = fill(old, rows)
    stale = new != old
    for match in FIGURE.finditer(new):
        image = path.parent / match['path']
        if match[0] in old and image.exists():
            continue
        stale = True
        if not check:
            draw(_curves(match, rows), image)
    if new != old and not check:
        with written_whole(path) as draft:
            draft.write_text(new, encoding='utf-8')
    return stale


def _curves(match: re.Match[str], rows: Sequence[Row]) -> list[Curve]:
    """What a figure's mark asks for."""
    protocol = match['protocol']
    tuned = [r for r in rows if r['protocol'] == f'{protocol}{FINE_TUNE}']
    return curves(tuned, match['methods'].split(', '))


def _group(row: Row) -> str:
    """Protocol of a row, else its task: methods under one budget in one."""
    protocol, colon, _ = row['protocol'].partition(': ')
    return protocol if colon else row['task']
