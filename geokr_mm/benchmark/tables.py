"""Tables of the documentation, made from the results table."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from .results import NO_LABELS

# Of fine-tuning rows, after the protocol's name.
FINE_TUNE = ': fine-tune'
# Columns that the methods of one comparison share.
KEYS = ('task', 'dataset', 'protocol', 'labels', 'metric')


def summarise(rows: pd.DataFrame) -> pd.DataFrame:
    """Mean and spread of each method in each setting.

    A run that was repeated with the same seed counts once, its last row.

    Returns:
        DataFrame: ``'mean ± spread (n)'`` by :data:`KEYS` and method, empty
        where a method has no figure. The spread is the sample standard
        deviation over seeds; a single run shows none. Of seeds such as
        ``2.5``, pre-training seed 2 and draw 5, it is that of the means of
        each pre-training seed, or of the draws where there is only one.
    """
    figures = _figures(rows, [*KEYS, 'method'])
    return _reduced(figures, 'method', _cell).fillna('')


def markdown(rows: pd.DataFrame) -> str:
    """One line for each setting, one column for each method."""
    cells = summarise(rows)
    return _table(
        [[*KEYS, *cells.columns]]
        + [[*key, *cells.loc[key]] for key in cells.index]
    )


def by_method(rows: pd.DataFrame, with_mean: bool = True) -> str:
    """One Markdown table for each test of a protocol.

    One line for each method, the best last; one column for each number of
    labels, fewest first, or for each metric where no labels are needed. The
    mean over tasks is added on demand, if there are several.
    """
    test = rows['protocol'].str.partition(': ')[2]
    metric = rows['metric'].where(rows['labels'] != NO_LABELS, '')
    groups = rows.groupby([rows['dataset'], test, metric], sort=False)
    tables = [
        f'{", ".join(filter(None, names))}:\n\n{_method_table(chosen)}'
        for names, chosen in groups
    ]
    means = mean_of_tasks(rows) if with_mean else ''
    if means:
        tables.append(f'mean of the fine-tuned tasks, %:\n\n{means}')
    return '\n'.join(tables)


def mean_of_tasks(rows: pd.DataFrame) -> str:
    """The table of :func:`task_means`, the best last; empty without rows."""
    means = task_means(rows)
    return _method_table(means) if len(means) else ''


def task_means(rows: pd.DataFrame) -> pd.DataFrame:
    """Means over all fine-tuned tasks of one protocol, in percent.

    Tasks are in percent or, as COCO's metrics, a share of 1.

    Returns:
        DataFrame: ``method``, ``labels``, ``seed`` and ``value``, one row
        for each method, number of labels and seed, such as ``2.5``, that has
        all tasks: labels of one draw are not averaged with those of another.
        No row for fewer than two tasks.
    """
    tuned = rows[rows['protocol'].str.contains(FINE_TUNE, regex=False)]
    figures = _figures(tuned, ['method', 'labels', 'dataset', 'metric'])
    shares = figures.index.get_level_values('metric').str.startswith('coco/')
    percent = figures * np.where(shares, 100.0, 1.0)
    by_task = _unstacked(percent.droplevel('metric'), 'dataset')
    if by_task.shape[1] < 2:
        by_task = by_task.iloc[:0]
    return by_task.dropna().mean(axis=1).rename('value').reset_index()


def mean_and_spread(values: pd.Series) -> tuple[float, float]:
    """Of figures whose index has a level ``seed``, at least one.

    Such as ``2.5``, pre-training seed 2 and draw 5.

    Returns:
        tuple[float, float]: The mean of the means of each pre-training seed,
        and the sample standard deviation of these, or of the draws where
        there is one such seed only; 0 for a single figure.
    """
    of_each = _by_pretraining(values).mean()
    spread = of_each if len(of_each) > 1 else values
    deviation = float(spread.std()) if len(spread) > 1 else 0.0
    return float(of_each.mean()), deviation


def by_number(labels: str) -> float:
    """To sort by: 10 of ``'10 %'``; those that name none come last."""
    word = labels.split()[0]
    return float(word) if word.replace('.', '', 1).isdigit() else np.inf


def _method_table(rows: pd.DataFrame) -> str:
    """The table of one test."""
    without_labels = bool((rows['labels'] == NO_LABELS).all())
    across = 'metric' if without_labels else 'labels'
    figures = _figures(rows, ['method', across])
    cells = _reduced(figures, across, _cell).fillna('')
    means = _reduced(figures, across, lambda v: mean_and_spread(v)[0])
    if without_labels:
        # Metrics have no common scale: the first one ranks.
        means = means.iloc[:, :1]
    else:
        cells = cells[sorted(cells.columns, key=by_number)]
    # Columns count alike, however many draws one of them has.
    order = means.mean(axis=1).sort_values(kind='stable').index
    return _table(
        [['method', *cells.columns]]
        + [[method, *cells.loc[method]] for method in order]
    )


def _figures(rows: pd.DataFrame, names: Sequence[str]) -> pd.Series:
    """Figures by some columns and the seed, the last of a repeated run."""
    found = rows.astype({'value': float})
    return found.groupby([*names, 'seed'], sort=False)['value'].last()


def _reduced(
    figures: pd.Series, across: str, reduce: Callable[[pd.Series], Any]
) -> pd.DataFrame:
    """One value for the seeds of each cell, with one level as columns."""
    names = [name for name in figures.index.names if name != 'seed']
    found = figures.groupby(level=names, sort=False).agg(reduce)
    return _unstacked(found, across)


def _unstacked(values: pd.Series, across: str) -> pd.DataFrame:
    """One level of the index as columns, all in order of appearance."""
    rows = values.index.droplevel(across).unique()
    columns = values.index.unique(across)
    return values.unstack(across).reindex(index=rows, columns=columns)


def _by_pretraining(values: pd.Series) -> Any:
    """Figures grouped by their pre-training seed."""
    seeds = values.index.get_level_values('seed')
    return values.groupby(seeds.str.partition('.').get_level_values(0))


def _cell(values: pd.Series) -> str:
    """Mean, spread and number of figures by seed."""
    draws = _by_pretraining(values).size()
    count = str(len(draws))
    if len(draws) < len(values):
        fewest, most = draws.min(), draws.max()
        count += f' x {fewest}' + (f' to {most}' if most > fewest else '')
    # Shares between 0 and 1 want more digits than percentages.
    digits = 1 if values.abs().max() > 1 else 3
    mean, spread = mean_and_spread(values)
    if values.nunique() == 1:
        return f'{mean:.{digits}f}'
    return f'{mean:.{digits}f} ± {spread:.{digits}f} ({count})'


def _table(lines: Sequence[Sequence[str]]) -> str:
    head, *body = lines
    rule = ['---'] * len(head)
    return ''.join(f'| {" | ".join(line)} |\n' for line in [head, rule, *body])
