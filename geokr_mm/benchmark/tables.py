"""Tables of the documentation, made from the results table."""

from collections.abc import Mapping, Sequence

import numpy as np

from .results import NO_LABELS

Row = Mapping[str, str]
# Of fine-tuning rows, after the protocol's name.
FINE_TUNE = ': fine-tune'
KEYS = ('task', 'dataset', 'protocol', 'labels', 'metric')


def summarise(rows: Sequence[Row]) -> dict[tuple[str, ...], dict[str, str]]:
    """Mean and spread of each method in each setting.

    A run that was repeated with the same seed counts once, its last row.

    Args:
        rows (Sequence[Row]): Rows of the results table.

    Returns:
        dict: From :data:`KEYS` to ``{method: 'mean ± spread (n)'}``, in the
        order of first appearance. The spread is the sample standard
        deviation over seeds; a single run shows none. Of seeds such as
        ``2.5``, pre-training seed 2 and draw 5, it is that of the means of
        each pre-training seed, or of the draws where there is only one.
    """
    return {
        key: {method: _cell(values) for method, values in methods.items()}
        for key, methods in _by_seed(rows).items()
    }


def markdown(rows: Sequence[Row]) -> str:
    """One line for each setting, one column for each method.

    Args:
        rows (Sequence[Row]): Rows of the results table.

    Returns:
        str: A Markdown table that ends with a line break.
    """
    settings = summarise(rows)
    methods = list(dict.fromkeys(m for row in settings.values() for m in row))
    lines = [[*KEYS, *methods], ['---'] * (len(KEYS) + len(methods))]
    lines += [
        [*key, *(row.get(m, '') for m in methods)]
        for key, row in settings.items()
    ]
    return _table(lines)


def by_method(rows: Sequence[Row]) -> str:
    """One table for each test, one line for each method, the best last.

    Args:
        rows (Sequence[Row]): Rows of one protocol.

    Returns:
        str: Markdown tables, one column for each number of labels, fewest
        first, or for each metric where no labels are needed, each with a
        line above it that says what was tested.
    """
    tests: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        metric = () if row['labels'] == NO_LABELS else (row['metric'],)
        test = row['protocol'].partition(': ')[2]
        tests.setdefault((row['dataset'], test, *metric), []).append(row)
    tables = [
        f'{", ".join(test)}:\n\n{_methods(chosen)}'
        for test, chosen in tests.items()
    ]
    tuned = mean_of_tasks([r for r in rows if FINE_TUNE in r['protocol']])
    if tuned:
        tables.append(f'mean of the fine-tuned tasks, %:\n\n{tuned}')
    return '\n'.join(tables)


def mean_of_tasks(rows: Sequence[Row]) -> str:
    """The mean over tasks of each method and seed that has all of them.

    Args:
        rows (Sequence[Row]): Fine-tuning rows of one protocol.

    Returns:
        str: A Markdown table, the best last; empty for fewer than two tasks.
    """
    means = task_means(rows)
    return _methods(means) if means else ''


def task_means(rows: Sequence[Row]) -> list[Row]:
    """Rows of a table that has the mean over all tasks, in percent.

    Args:
        rows (Sequence[Row]): Fine-tuning rows of one protocol, each task in
            percent or, as COCO's metrics, a share of 1.

    Returns:
        list[Row]: One for each method, number of labels and seed, such as
        ``2.5``, that has all tasks: labels of one draw are not averaged with
        those of another. None for fewer than two tasks.
    """
    tasks = {row['dataset'] for row in rows}
    if len(tasks) < 2:
        return []
    found: dict[tuple[str, ...], dict[str, float]] = {}
    for row in rows:
        unit = 100.0 if row['metric'].startswith('coco/') else 1.0
        key = row['method'], row['labels'], row['seed']
        # As in summarise(): the last row of a seed that was repeated.
        found.setdefault(key, {})[row['dataset']] = unit * float(row['value'])
    return [
        dict(
            method=method,
            labels=labels,
            seed=seed,
            value=str(np.mean([values[task] for task in tasks])),
            **dict.fromkeys(('task', 'dataset', 'protocol', 'metric'), ''),
        )
        for (method, labels, seed), values in found.items()
        if set(values) == tasks
    ]


def _methods(rows: Sequence[Row]) -> str:
    """The table of one test."""
    columns = list(dict.fromkeys(_column(row) for row in rows))
    if rows[0]['labels'] != NO_LABELS:
        columns.sort(key=by_number)
    found = {
        _column(dict(zip(KEYS, key, strict=True))): by_name
        for key, by_name in _by_seed(rows).items()
    }
    # Metrics have no common scale: the first one ranks.
    ranking = columns[:1] if rows[0]['labels'] == NO_LABELS else columns

    def rank(method: str) -> float:
        # Columns count alike, however many draws one of them has.
        means = [
            mean_and_spread(found[column][method])[0]
            for column in ranking
            if method in found[column]
        ]
        return float(np.mean(means)) if means else np.inf

    def cell(method: str, column: str) -> str:
        values = found[column].get(method)
        return _cell(values) if values else ''

    lines = [['method', *columns], ['---'] * (len(columns) + 1)]
    lines += [
        [method, *(cell(method, column) for column in columns)]
        for method in sorted({row['method']: None for row in rows}, key=rank)
    ]
    return _table(lines)


def _by_seed(
    rows: Sequence[Row],
) -> dict[tuple[str, ...], dict[str, dict[str, float]]]:
    """The figures of each setting, method and seed, the last of a repeat."""
    found: dict[tuple[str, ...], dict[str, dict[str, float]]] = {}
    for row in rows:
        setting = found.setdefault(tuple(row[key] for key in KEYS), {})
        setting.setdefault(row['method'], {})[row['seed']] = float(
            row['value']
        )
    return found


def _column(row: Row) -> str:
    """Labels, or the metric of a test that needs none."""
    return row['metric'] if row['labels'] == NO_LABELS else row['labels']


def by_number(labels: str) -> float:
    """To sort by: 10 of ``'10 %'``; those that name none come last."""
    word = labels.split()[0]
    return float(word) if word.replace('.', '', 1).isdigit() else np.inf


def _table(lines: Sequence[Sequence[str]]) -> str:
    return ''.join(f'| {" | ".join(line)} |\n' for line in lines)


def mean_and_spread(values: Mapping[str, float]) -> tuple[float, float]:
    """Of one figure by seed.

    Args:
        values (Mapping[str, float]): From seeds such as ``2.5``,
            pre-training seed 2 and draw 5, to the figure; at least one.

    Returns:
        tuple[float, float]: The mean of the means of each pre-training seed,
        and the sample standard deviation of these, or of the draws where
        there is one such seed only; 0 for a single figure.
    """
    of_each = [float(np.mean(several)) for several in _by_trained(values)]
    spread = of_each if len(of_each) > 1 else list(values.values())
    deviation = float(np.std(spread, ddof=1)) if len(spread) > 1 else 0.0
    return float(np.mean(of_each)), deviation


def _by_trained(values: Mapping[str, float]) -> list[list[float]]:
    """The figures of each pre-training seed."""
    trained: dict[str, list[float]] = {}
    for seed, value in values.items():
        trained.setdefault(seed.partition('.')[0], []).append(value)
    return list(trained.values())


def _cell(values: Mapping[str, float]) -> str:
    """Mean and spread from values by seed."""
    draws = [len(several) for several in _by_trained(values)]
    count = str(len(draws))
    if len(draws) < len(values):
        fewest, most = min(draws), max(draws)
        count += f' x {fewest}' + (f' to {most}' if most > fewest else '')
    # Shares between 0 and 1 want more digits than percentages.
    digits = 1 if max(map(abs, values.values())) > 1 else 3
    mean, spread = mean_and_spread(values)
    if len(set(values.values())) == 1:
        return f'{mean:.{digits}f}'
    return f'{mean:.{digits}f} ± {spread:.{digits}f} ({count})'
