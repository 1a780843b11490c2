"""Makes docs/zoo.md and the metafile of downstream configs.

Run ``python docs/make_zoo_page.py`` after a change of a card or a config.
"""

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from mmengine.config import Config

from geokr_mm.benchmark.results import read_results
from geokr_mm.benchmark.tables import by_number
from geokr_mm.interop.families import families
from geokr_mm.zoo import Card, list_cards, load_card
from geokr_mm.zoo.published import load_published

ROOT = Path(__file__).resolve().parents[1]
CONFIGS = ROOT / 'configs' / 'downstream'
METAFILE = CONFIGS / 'metafile.yml'
PAGE = ROOT / 'docs' / 'zoo.md'
RESULTS = ROOT / 'benchmarks' / 'zoo.csv'
# Names in the results table that are not those of a card.
PIECES = {'aid150': 'aid', 'resisc12': 'resisc45'}
STARTS = {
    '_random_': 'random',
    '_geokr-pre_': 'GeoKR',
    '_imagenet-pre_': 'ImageNet',
}
TASKS = {
    'classification': 'Image Classification',
    'segmentation': 'Semantic Segmentation',
    'detection': 'Object Detection',
}
METAFILE_HEAD = """# Made by `python docs/make_zoo_page.py`; do not edit.
# Twins: they differ from the random one in init_cfg only.
Collections:
  - Name: GeoKR downstream
    Metadata:
      Architecture:
        - ResNet
    README: docs/downstream.md

Models:
"""
INTRODUCTION = """# Downstream sets

Made from `geokr_mm/zoo/cards` and `configs/downstream` by
`python docs/make_zoo_page.py`; do not edit.

Get a set from its makers, prepare it, and train:

```bash
python tools/dataset_converters/aid.py downloads/AID data/aid
python tools/train.py \\
    configs/downstream/mmpretrain/resnet50_random_1xb64-coslr-200e_aid.py
```

A converter checks names, counts and sizes, and refuses what is not the whole
set; `--piece` takes a part of it, whose results compare with nothing
published. It writes `images/`, lists for each protocol, lists of few labels
(1, 5, 10, 20 and 50 a class; 1, 5, 10 and 20 %; five seeds) that hold each
smaller one of their seed, and `about.json`. Configs find prepared sets in
`$GEOKR_SETS` (default: `data`); `GEOKR_SPLIT` chooses the protocol.
Each config has twins that start at random, from `$GEOKR_CHECKPOINT` and, where
bands allow, from ImageNet: `*_random_*`, `*_geokr-pre_*`, `*_imagenet-pre_*`.

Published numbers stand beside ours, with what is the same: parts, schedule and
network. Only `same protocol` compares with a config of this page. Ours are of
ResNet-18 on pieces of the sets and compare with each other alone.
"""
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
NUMBERS = """
| method | parts | test | metric | value | compares | source |
|---|---|---|---|---|---|---|"""


@dataclass(frozen=True)
class Entry:
    """A downstream config, and the settings that its twins share."""

    path: Path
    start: str
    card: Card | None
    settings: Any

    @property
    def where(self) -> str:
        """Path below the repository."""
        return self.path.relative_to(ROOT).as_posix()


def read_configs() -> list[Entry]:
    """All downstream configs, by library and name."""
    cards = {name: load_card(name) for name in list_cards()}
    found = []
    settings: dict[Path, Any] = {}
    for path in sorted(CONFIGS.glob('mm*/*.py')):
        key = next(key for key in STARTS if key in path.name)
        card = cards.get(path.stem.rpartition('_')[2].replace('-', '_'))
        # Twins differ in the start alone.
        twin = path.with_name(path.name.replace(key, '_random_'))
        if twin not in settings:
            settings[twin] = Config.fromfile(twin)
        found.append(Entry(path, STARTS[key], card, settings[twin]))
    return found


def metafile(entries: list[Entry]) -> str:
    """The metafile of all downstream configs."""
    models = [
        {
            'Name': entry.path.stem,
            'In Collection': 'GeoKR downstream',
            'Config': entry.where,
            'Metadata': {
                'Task': TASKS[entry.settings.benchmark.task],
                'Training Data': entry.card.title
                if entry.card
                else entry.settings.benchmark.dataset,
                'Initialisation': entry.start,
            },
            'Results': None,
            'Weights': None,
        }
        for entry in entries
    ]
    return METAFILE_HEAD + yaml.safe_dump(models, sort_keys=False, width=200)


def zoo_page(entries: list[Entry]) -> str:
    """The whole page as Markdown."""
    configs = defaultdict(list)
    for entry in entries:
        if entry.card and entry.start == 'random':
            configs[entry.card.name].append(entry)
    cards = [load_card(name) for name in list_cards()]
    numbers = published()
    for name, own in ours().items():
        numbers[name] += own
    lines = [INTRODUCTION]
    for task in ('scenes', 'segmentation', 'detection', 'cloud and snow'):
        chosen = [card for card in cards if card.task == task]
        if not chosen:
            continue
        lines += [f'## {task.capitalize()}', '']
        lines += ['| set | files | classes | protocols | models | tested on |']
        lines += ['|---|---|---|---|---|---|']
        lines += [_row(card, configs[card.name]) for card in chosen]
        for card in chosen:
            lines += ['', *_section(card, configs[card.name])]
            if numbers[card.name]:
                lines += [NUMBERS, *numbers[card.name]]
        lines.append('')
    lines.append(backbones())
    return '\n'.join(lines).rstrip() + '\n'


def published() -> dict[str, list[str]]:
    """Lines of published numbers by set."""
    lines = defaultdict(list)
    for entry in load_published():
        parts = f'`{entry.protocol}`' if entry.protocol else 'other'
        lines[entry.set] += [
            f'| {method} | {parts} | {entry.test} | {entry.metric} | '
            f'{value:g} | {entry.compares} | [page]({entry.source}) |'
            for method, value in entry.values.items()
        ]
    return lines


def ours() -> dict[str, list[str]]:
    """Lines of our numbers by set: means over draws of labels."""
    lines: dict[str, list[str]] = defaultdict(list)
    if not RESULTS.is_file():
        return lines
    rows = read_results(RESULTS)
    columns = ['dataset', 'method', 'shots', 'model', 'metric_name']
    groups = dict(list(rows.groupby(columns)))
    for key in sorted(groups, key=lambda key: (by_number(key[2]), key)):
        dataset, method, shots, model, metric = key
        values = groups[key]['metric_value'].astype(float)
        labels = f'{shots} a class' if shots.isdigit() else f'{shots} labels'
        mean = 100 * values.mean() if values.max() <= 1 else values.mean()
        lines[PIECES.get(dataset, dataset.replace('-', '_'))].append(
            f'| {model} ResNet-18 | piece | {method}, {labels}, {len(values)} '
            f'runs | {metric} | {mean:.1f} | ours alone | '
            '`benchmarks/zoo.csv` |'
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


def _row(card: Card, configs: list[Entry]) -> str:
    models = sorted({entry.path.stem.partition('_')[0] for entry in configs})
    total = f'{card.total:,}' if card.total else 'not published'
    return (
        f'| [{card.title}](#{card.name}) | {total} | {len(card.classes)} | '
        f'{", ".join(card.protocols)} | {", ".join(models)} | {card.tested} |'
    )


def _section(card: Card, configs: list[Entry]) -> list[str]:
    lines = [f'### {card.name}', '']
    if card.note:
        lines += [card.note, '']
    lines += [
        f'* get it: {card.address}',
        f'* licence: {card.licence}',
        f'* citation: {card.citation}',
        f'* prepare it: `tools/dataset_converters/{card.name}.py`',
    ]
    lines += [
        f'* protocol `{name}`: {protocol.source}'
        for name, protocol in card.protocols.items()
    ]
    lines.append(f'* counts and names from: {"; ".join(card.sources)}')
    lines += [f'* `{entry.where}`' for entry in configs]
    return lines


def main() -> None:
    """Write both files."""
    entries = read_configs()
    METAFILE.write_text(metafile(entries))
    PAGE.write_text(zoo_page(entries))


if __name__ == '__main__':
    main()
