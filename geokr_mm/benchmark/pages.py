"""Blocks of the documentation that are made from the results table."""

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from ..errors import InputError
from ..files import written_whole
from .beside import beside
from .figure import (
    Curves,
    Points,
    curves,
    curves_text,
    draw_curves,
    draw_points,
    points,
    points_text,
)
from .intervals import difference, matrix
from .protocol import load_protocol
from .tables import (
    UNDER_WAY,
    by_metric,
    by_model,
    by_saved_labels,
    of_choices,
    of_model,
)

MARK = re.compile(
    r'(?P<mark><!-- '
    r'(?P<kind>results|beside|saved|labels|choices|claim|figure|curves): '
    r'(?P<words>[^>]+?) -->\n?).*?<!-- /(?P=kind) -->',
    re.DOTALL,
)
SENTENCE = {1: 'better than', 0: 'level with', -1: 'worse than'}


def fill(text: str, rows: pd.DataFrame) -> str:
    """Replace what stands inside the marks of a page.

    =======================================================  ==============
    ``results: earth/random: climate, linear: simclr``       one test, and
                                                             differences
    ``beside: eurosat/random: eurosat, linear, 20: a, b``    and published
                                                             figures
    ``saved: eurosat/random: linear: a, b``                  labels that a
                                                             saves over b
    ``choices: earth/random``                                what was chosen
    ``labels: chesapeake``                                   distances
    ``figure: a.svg: earth+eurosat/random: linear, 20: a, b``  an image
    ``curves: a.svg: eurosat/random: linear: a, b``          an image
    ``claim: earth/random: climate, linear, 20: a, b``       how a compares
                                                             with b in words
    =======================================================  ==============

    A mark is an HTML comment, ``<!-- KIND: ... -->``, up to
    ``<!-- /KIND -->``. A claim has the word better or worse only where the
    interval of the paired difference excludes zero.

    Raises:
        InputError: If a claim or a table of distances has no rows, or a mark
            is of another form.
    """

    def block(match: re.Match[str]) -> str:
        kind, words = match['kind'], match['words'].split(': ')
        try:
            made = KINDS[kind](rows, *words)
        except (TypeError, ValueError):
            raise InputError(
                f'{match["mark"].strip()}: is of another form than the marks '
                'of docs/benchmark.md; mend it'
            ) from None
        if made is None:
            raise InputError(
                f'no results for the block {match["mark"].strip()!r}; run '
                'its benchmark or take the block out'
            )
        return f'{match["mark"]}{made}<!-- /{kind} -->'

    return MARK.sub(block, text)


def update_page(path: Path, rows: pd.DataFrame, check: bool) -> bool:
    """Bring a Markdown page and its figures up to date, or only check them.

    Returns:
        bool: Whether the page was out of date, or an image was missing.
    """
    old = path.read_text(encoding='utf-8')
    new = fill(old, rows)
    stale = new != old
    for match in MARK.finditer(new):
        if match['kind'] not in IMAGES:
            continue
        found, draw, _ = IMAGES[match['kind']]
        name, *words = match['words'].split(': ')
        drawn = found(rows, *words)
        image = path.parent / name
        if not drawn or (match[0] in old and image.exists()):
            continue
        stale = True
        if not check:
            draw(drawn, image)
    if new != old and not check:
        with written_whole(path) as draft:
            draft.write_text(new, encoding='utf-8')
    return stale


def _results(rows: pd.DataFrame, where: str, test: str, model: str) -> str:
    dataset, method = test.split(', ')
    own = _of(rows, where)
    own = own[(own['dataset'] == dataset) & (own['method'] == method)]
    return by_model(own, model)


def _beside(
    rows: pd.DataFrame, where: str, test: str, models: str
) -> str | None:
    dataset, method, shots = test.split(', ')
    (images,) = (
        one
        for one in load_protocol(where.partition('/')[0]).tests
        if one.name == dataset
    )
    own = _setting(_of(rows, where), dataset, method, shots)
    return beside(own, images, method, shots, models.split(', '))


def _labels(rows: pd.DataFrame, dataset: str) -> str | None:
    labels = rows['protocol'] == 'labels'
    own = rows[labels & (rows['dataset'] == dataset)]
    return None if own.empty else by_metric(own)


def _choices(rows: pd.DataFrame, where: str) -> str:
    protocol, start = where.split('/')
    return of_choices(load_protocol(protocol), start, rows)


def _claim(
    rows: pd.DataFrame, where: str, test: str, models: str
) -> str | None:
    own = _setting(_of(rows, where), *test.split(', '))
    ours, theirs = (of_model(own, name) for name in models.split(', '))
    if ours.empty or theirs.empty:
        return None
    gap = difference(matrix(ours), matrix(theirs))
    return None if gap is None else f'{SENTENCE[gap.sign]} ({gap})'


def _saved(rows: pd.DataFrame, where: str, test: str, models: str) -> str:
    return by_saved_labels(_tested(rows, where, test), models.split(', '))


def _image(kind: str, rows: pd.DataFrame, path: str, *words: str) -> str:
    found, _, text = IMAGES[kind]
    drawn = found(rows, *words)
    return f'![{text(drawn)}]({path})\n' if drawn else UNDER_WAY


def _points(rows: pd.DataFrame, where: str, test: str, models: str) -> Points:
    method, shots = test.split(', ')
    own = _tested(rows, where, method)
    return points(own[own['shots'] == shots], models.split(', '))


def _curves(rows: pd.DataFrame, where: str, test: str, models: str) -> Curves:
    return curves(_tested(rows, where, test), models.split(', '))


def _tested(rows: pd.DataFrame, where: str, test: str) -> pd.DataFrame:
    """Rows of one test on test sets.

    Validation sets are read by methods that no test set is read by.
    """
    own = _of(rows, where)
    sets = [
        one.name
        for name in where.partition('/')[0].split('+')
        for one in load_protocol(name).tests
    ]
    return own[(own['method'] == test) & own['dataset'].isin(sets)]


def _of(rows: pd.DataFrame, where: str) -> pd.DataFrame:
    """Rows of ``PROTOCOL/START``, or of several protocols with a plus."""
    protocols, start = where.split('/')
    chosen = rows['protocol'].isin(protocols.split('+'))
    return rows[chosen & (rows['start'] == start)]


def _setting(
    rows: pd.DataFrame, dataset: str, method: str, shots: str
) -> pd.DataFrame:
    """Rows of one data set, test and number of labels."""
    setting = {'dataset': dataset, 'method': method, 'shots': shots}
    for column, value in setting.items():
        rows = rows[rows[column] == value]
    return rows


# What is drawn, how, and its text.
IMAGES: dict[
    str,
    tuple[
        Callable[..., Any], Callable[[Any, Path], None], Callable[[Any], str]
    ],
] = {
    'figure': (_points, draw_points, points_text),
    'curves': (_curves, draw_curves, curves_text),
}
KINDS: dict[str, Callable[..., str | None]] = {
    'results': _results,
    'beside': _beside,
    'saved': _saved,
    'labels': _labels,
    'choices': _choices,
    'claim': _claim,
    **{kind: partial(_image, kind) for kind in IMAGES},
}
