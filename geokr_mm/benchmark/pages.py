"""Blocks of the documentation that are made from the results table."""

import re
from pathlib import Path

import pandas as pd

from ..errors import InputError
from ..files import written_whole
from .figure import Curve, alt_text, curves, draw
from .tables import by_method, markdown, mean_of_tasks

# After a protocol's name: one table in place of all.
MEAN = '-mean'
BLOCK = re.compile(
    r'(<!-- results: (?P<name>[\w-]+)(: (?P<metric>[^\n]+?))? -->\n)'
    r'.*?<!-- /results -->',
    re.DOTALL,
)
FIGURE = re.compile(
    r'(<!-- figure: (?P<protocol>[\w-]+): (?P<methods>[^\n]+?) -->\n)'
    r'!\[[^\]]*\]\((?P<path>[^)]+)\)\n<!-- /figure -->'
)


def fill(text: str, rows: pd.DataFrame) -> str:
    """Rewrite what stands between marks in a Markdown page.

    ``<!-- results: NAME -->`` marks a table: of a protocol of
    tools/benchmark.py, by method, of its mean over fine-tuned tasks alone if
    ``-mean`` follows, or of a task outside of these protocols, or of ``all``;
    ``NAME: METRIC`` keeps the rows of one metric.
    ``<!-- figure: PROTOCOL: METHOD, METHOD -->`` marks an image of that mean,
    whose text has the figures.

    Raises:
        InputError: If a block names something without rows.
    """
    parts = rows['protocol'].str.partition(': ')
    # Methods under one budget are in one table, others by their task.
    groups = parts[0].where(parts[1] != '', rows['task'])

    def table(match: re.Match[str]) -> str:
        name = match['name'].removesuffix(MEAN)
        chosen = rows if name == 'all' else rows[groups == name]
        if match['metric']:
            chosen = chosen[chosen['metric'] == match['metric']]
        if chosen.empty:
            raise InputError(
                f'no results for the block {match[1].strip()!r}; run its '
                'benchmark or take the block out'
            )
        if name != match['name']:
            made = mean_of_tasks(chosen)
        elif name != 'all' and ': ' in chosen['protocol'].iloc[0]:
            made = by_method(chosen, with_mean=not match['metric'])
        else:
            made = markdown(chosen)
        return f'{match[1]}{made}<!-- /results -->'

    def image(match: re.Match[str]) -> str:
        words = alt_text(_curves(match, rows))
        return f'{match[1]}![{words}]({match["path"]})\n<!-- /figure -->'

    return FIGURE.sub(image, BLOCK.sub(table, text))


def update_page(path: Path, rows: pd.DataFrame, check: bool) -> bool:
    """Bring a Markdown page and its figures up to date, or only check them.

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


def _curves(match: re.Match[str], rows: pd.DataFrame) -> list[Curve]:
    """The curves of a figure's mark."""
    own = rows['protocol'].str.startswith(f'{match["protocol"]}: ')
    return curves(rows[own], match['methods'].split(', '))
