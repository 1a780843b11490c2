"""What benchmarks/teacher.py measured, as a figure and a table."""

from pathlib import Path

import numpy as np

from geokr_mm.benchmark.intervals import Interval, interval

Rows = list[dict[str, str]]
# Colour-blind safe (Okabe and Ito, 2008).
LINES = {
    'map': ('map', 'without', '#999999', 'o-'),
    'student, without the term': ('student', 'without', '#56b4e9', 's--'),
    'teacher, without the term': ('teacher', 'without', '#56b4e9', '^-'),
    'student, with the term': ('student', 'with', '#d55e00', 's--'),
    'teacher, with the term': ('teacher', 'with', '#d55e00', '^-'),
}
# Differences: two of the lines above.
PAIRS = (
    ('student, with the term', 'student, without the term'),
    ('teacher, with the term', 'teacher, without the term'),
    ('teacher, without the term', 'student, without the term'),
    ('teacher, with the term', 'student, with the term'),
    ('teacher, with the term', 'map'),
)
SIDES = {'1': 'held-out places', '0': 'places trained on'}


def chosen(rows: Rows, line: str) -> dict[tuple[str, ...], float]:
    """Distance in per cent of the patch, by seed, place and side."""
    who, term, *_ = LINES[line]
    return {
        (row['seed'], row['place'], row['held_out']): 100 * float(row[who])
        for row in rows
        if row['term'] == term
    }


def over_places(values: list[float]) -> Interval:
    """A mean with its interval: every place counts as one."""
    return interval(np.array(values)[None])


def teacher_figure(rows: Rows, path: Path) -> None:
    """Draw distances by age and cell of the map."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    unseen = [row for row in rows if row['held_out'] == '1']
    with rc_context({'svg.hashsalt': 'geokr_mm', 'svg.fonttype': 'none'}):
        figure = Figure(figsize=(7, 3.4), layout='constrained')
        axes = figure.subplots(1, 2, sharey=True)
        for axis, (column, label) in zip(
            axes,
            {
                'age': 'map older by years',
                'cell': 'cell of the map, m',
            }.items(),
            strict=True,
        ):
            ticks = sorted({int(row[column]) for row in unseen})
            for number, (name, (*_, colour, style)) in enumerate(
                LINES.items()
            ):
                found = [
                    over_places(list(chosen(own, name).values()))
                    for own in (
                        [r for r in unseen if int(r[column]) == tick]
                        for tick in ticks
                    )
                ]
                means = np.array([one.mean for one in found])
                spread = [
                    means - [one.low for one in found],
                    [one.high for one in found] - means,
                ]
                axis.errorbar(
                    np.arange(len(ticks)) + 0.06 * (number - 2),
                    means, spread, fmt=style, color=colour, label=name,
                    markersize=4, linewidth=1, capsize=2,
                )  # fmt: skip
            axis.set(xlabel=label, xticks=range(len(ticks)), ylim=(0, None))
            axis.set_xticklabels(ticks)
            axis.spines[['right', 'top']].set_visible(False)
        axes[0].set_ylabel('wrong class, % of a patch')
        axes[1].legend(fontsize=7, frameon=False)
        figure.savefig(path, metadata={'Date': None})


def teacher_table(rows: Rows) -> list[str]:
    """Means, and paired differences over seeds and places."""
    sides = [[r for r in rows if r['held_out'] == side] for side in SIDES]
    lines = [['', *SIDES.values()], ['---'] * 3]
    lines += [
        [name, *(mean_text(own, name) for own in sides)] for name in LINES
    ]
    lines += [
        [
            f'{ours}, less {theirs}',
            *(gap_text(own, ours, theirs) for own in sides),
        ]
        for ours, theirs in PAIRS
    ]
    return [f'| {" | ".join(cells)} |' for cells in lines]


def mean_text(rows: Rows, name: str) -> str:
    """The mean distance of a line of the figure."""
    return f'{np.mean(list(chosen(rows, name).values())):.1f}'


def gap_text(rows: Rows, ours: str, theirs: str) -> str:
    """A paired difference, bold where its interval excludes zero."""
    one, other = chosen(rows, ours), chosen(rows, theirs)
    gap = over_places([one[key] - other[key] for key in one if key in other])
    return f'**{gap}**' if gap.sign else str(gap)
