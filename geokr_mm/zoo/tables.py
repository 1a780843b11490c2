"""Tables of the page of all sets: numbers, and published backbones."""

from collections import defaultdict
from pathlib import Path

from ..benchmark.results import read_results
from ..benchmark.tables import by_number, labels_text
from ..interop.families import families
from .published import load_published

# Names in the results table that are not those of a card.
PIECES = {
    'aid150': 'aid',
    'nwpu vhr-10': 'nwpu_vhr10',
    'resisc12': 'resisc45',
}

NUMBERS = """
| method | parts | test | metric | value | compares | source |
|---|---|---|---|---|---|---|"""
FAMILIES = """## Published backbones

`tools/import_backbone.py` ([Start from other weights](starts.md)) finds these
by the name of the file or takes `--family NAME`. Bands, mean and deviation go
to the card of the backbone file; any of them can be given instead.

| family | weights | files | bands | mean | std | of |
|---|---|---|---|---|---|---|
"""
REFUSED = """
These are refused, since no backbone of mmpretrain here can hold them:

| family | weights | it has |
|---|---|---|
"""


def published() -> dict[str, list[str]]:
    """Lines of published numbers by set."""
    lines: dict[str, list[str]] = defaultdict(list)
    for entry in load_published():
        parts = f'`{entry.protocol}`' if entry.protocol else 'other'
        lines[entry.set] += [
            f'| {method} | {parts} | {entry.test} | {entry.metric} | '
            f'{value:g} | {entry.compares} | [page]({entry.source}) |'
            for method, value in entry.values.items()
        ]
    return lines


def ours(path: Path) -> dict[str, list[str]]:
    """Lines of our numbers by set: means over draws of labels.

    Args:
        path (Path): The results table; none is no lines.
    """
    lines: dict[str, list[str]] = defaultdict(list)
    if not path.is_file():
        return lines
    rows = read_results(path)
    columns = ['dataset', 'method', 'shots', 'model', 'metric_name']
    groups = dict(list(rows.groupby(columns)))
    for key in sorted(groups, key=lambda key: (by_number(key[2]), key)):
        dataset, method, shots, model, metric = key
        values = groups[key]['metric_value'].astype(float)
        mean = 100 * values.mean() if values.max() <= 1 else values.mean()
        test = f'{method}, {labels_text(shots)}, {len(values)} runs'
        lines[PIECES.get(dataset, dataset.replace(' ', '_'))].append(
            f'| {model} ResNet-18 | piece | {test} | {metric} | {mean:.1f} | '
            'ours alone | `benchmarks/zoo.csv` |'
        )
    return lines


def backbones() -> str:
    """Families of published backbones."""
    known = families().values()
    taken = [
        f'| `{entry.name}` | [{entry.title}]({entry.source}) | '
        f'`{"`, `".join(entry.files)}` | {" ".join(entry.bands)} | '
        f'{_numbers(entry.mean)} | {_numbers(entry.std)} | '
        f'{entry.units or "0 to 255"} |'
        for entry in known
        if not entry.refused
    ]
    refused = [
        f'| `{entry.name}` | [{entry.title}]({entry.source}) | '
        f'{entry.refused} |'
        for entry in known
        if entry.refused
    ]
    return '\n'.join(
        [FAMILIES + '\n'.join(taken), REFUSED + '\n'.join(refused)]
    )


def _numbers(values: tuple[float, ...]) -> str:
    chosen = values[:1] if len(set(values)) == 1 else values
    return ' '.join(f'{value:g}' for value in chosen)
