"""Tables of the documentation, made from the results table."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from .choice import choices
from .intervals import Interval, curve, difference, matrix
from .protocol import GIVEN, Protocol
from .saved_labels import saved_labels

UNDER_WAY = 'The runs are under way.\n'


def of_model(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    """Rows of a model, or of the one that a choice of this name took."""
    models = rows['model']
    return rows[(models == name) | models.str.startswith(f'{name} ')]


def by_model(rows: pd.DataFrame, against: str) -> str:
    """One Markdown table for a test of one data set.

    One line for each model, the best last; one column for each number of
    labels. A cell has the mean over pre-training seeds and draws, and the
    paired difference from the model ``against`` with its interval, in bold
    where that excludes zero. A single figure has no interval.
    """
    shots = sorted(rows['shots'].unique(), key=by_number)
    if rows.empty:
        return UNDER_WAY
    # Of backbones that others have trained it is not known.
    seen = rows.groupby('model')['images_seen'].last().replace('', 0)
    seen = seen.astype(int) if rows['start'].ne(GIVEN).any() else seen[:0]
    head = ['model', *(['images seen'] if len(seen) else []), 'seeds']
    head += map(labels_text, shots)
    found = {key: matrix(own) for key, own in rows.groupby(['model', 'shots'])}
    other = of_model(rows, against)
    reference = {n: matrix(own) for n, own in other.groupby('shots')}
    same = set(other['model'])
    lines = []
    for model, own in rows.groupby('model', sort=False):
        cells, means = [], []
        for n in shots:
            values = found.get((model, n))
            if values is None or values.empty:
                cells.append('')
                continue
            means.append(float(values.to_numpy().mean()))
            # COCO's are shares of 1.
            digits = 1 if values.to_numpy().max() > 1 else 3
            cell = f'{means[-1]:.{digits}f}'
            if model not in same and n in reference:
                gap = difference(values, reference[n])
                if gap is not None and values.size == 1:
                    cell += f', {gap.mean:+.{digits}f}'
                elif gap is not None:
                    cell += f', **{gap}**' if gap.sign else f', {gap}'
            cells.append(cell)
        about = [str(model), *([f'{seen[model]:,}'] if len(seen) else [])]
        seeds = str(own['pretraining_seed'].nunique())
        lines.append((np.mean(means or [0.0]), [*about, seeds, *cells]))
    lines.sort(key=lambda line: line[0])
    return table([head, *(cells for _, cells in lines)])


def by_saved_labels(rows: pd.DataFrame, models: Sequence[str]) -> str:
    """A table of the labels that one model saves over another.

    Args:
        rows (DataFrame): Of one test on several data sets.
        models (Sequence[str]): Ours and the other.
    """
    lines = {}
    for dataset, own in rows.groupby('dataset', sort=False):
        ours, theirs = (curve(of_model(own, model)) for model in models)
        lines[str(dataset)] = saved_labels(ours, theirs)
    shots = sorted({n for found in lines.values() for n in found})
    if not shots:
        return UNDER_WAY
    body = [
        [dataset, *(_factor(found.get(n), n, shots) for n in shots)]
        for dataset, found in lines.items()
    ]
    return table([['data set', *(f'{n} a class' for n in shots)], *body])


def by_metric(rows: pd.DataFrame) -> str:
    """A table of figures that need no labels, the least first.

    One column for each metric: the mean, and the spread over seeds.
    """
    metrics = list(dict.fromkeys(rows['metric_name']))
    lines = {}
    for model, own in rows.groupby('model', sort=False):
        cells = []
        for metric in metrics:
            chosen = own[own['metric_name'] == metric]
            values = chosen.groupby('pretraining_seed')['metric_value'].last()
            cells.append(_spread(values.astype(float)))
        lines[str(model)] = cells
    order = sorted(lines, key=lambda model: lines[model][0])
    return table(
        [['model', *metrics], *([model, *lines[model]] for model in order)]
    )


def of_choices(protocol: Protocol, start: str, rows: pd.DataFrame) -> str:
    """What was chosen, and the validation figures that it was chosen by."""
    lines = []
    for name, choice in choices(protocol, start, rows).items():
        for model, mean in choice.means.items():
            if choice.missing:
                taken = 'not yet chosen'
            else:
                taken = 'tested' if model == choice.best else ''
            value = '' if np.isnan(mean) else f'{mean:.1f}'
            lines.append([name, model, value, taken])
    sets = ', '.join(s.name for s in protocol.validation)
    text = UNDER_WAY
    if any(value for _, _, value, _ in lines):
        text = table([['choice', 'model', f'validation ({sets})', ''], *lines])
    made = [list(pair) for pair in protocol.choices.items() if pair[1]]
    if not made:
        return text
    return f'{text}\n{table([["what else was chosen", "where"], *made])}'


def by_number(labels: str) -> float:
    """To sort by: 10 of ``'10 %'``; those that name none come last."""
    word = labels.partition(' ')[0]
    return float(word) if word.replace('.', '', 1).isdigit() else np.inf


def labels_text(shots: str) -> str:
    """A number of labels in words."""
    return f'{shots} a class' if shots.isdigit() else f'{shots} of the labels'


def table(lines: Sequence[Sequence[str]]) -> str:
    """Lines of cells as Markdown, the first one the head."""
    head, *body = lines
    rule = ['---'] * len(head)
    return ''.join(f'| {" | ".join(line)} |\n' for line in [head, rule, *body])


def _factor(one: Interval | None, shots: int, known: Sequence[int]) -> str:
    """A factor; a bound where the other curve ends before."""
    if one is None:
        return ''
    bound = ''
    if one.mean <= known[0] / shots:
        bound = '≤ '
    elif one.mean >= known[-1] / shots:
        bound = '≥ '
    return f'{bound}{one.mean:.1f} [{one.low:.1f}, {one.high:.1f}]'


def _spread(values: pd.Series) -> str:
    # Shares between 0 and 1 want more digits than other numbers.
    digits = 1 if values.abs().max() > 1 else 3
    if values.nunique() < 2:
        return f'{values.mean():.{digits}f}'
    return (
        f'{values.mean():.{digits}f} ± {values.std():.{digits}f} '
        f'({len(values)})'
    )
