"""Makes docs/zoo.md, and metafile and README of downstream configs.

Run ``python docs/make_zoo_page.py`` after a change of a card or a config.
"""

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from mmengine.config import Config

from geokr_mm.zoo import Card, list_cards, load_card
from geokr_mm.zoo.published import load_published
from geokr_mm.zoo.tables import NUMBERS, backbones, ours, published

ROOT = Path(__file__).resolve().parents[1]
CONFIGS = ROOT / 'configs' / 'downstream'
METAFILE = CONFIGS / 'metafile.yml'
PAGE = ROOT / 'docs' / 'zoo.md'
README = CONFIGS / 'README.md'
RESULTS = ROOT / 'benchmarks' / 'zoo.csv'
# As configs and as papers name them.
NETWORKS = {'resnet50': 'ResNet-50', 'swin-tiny': 'Swin-T'}
TASKS_SHOWN = ('scenes', 'segmentation', 'detection', 'cloud and snow')
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
README_HEAD = """# Downstream configs

Made by `python docs/make_zoo_page.py`; do not edit. Each config has a
twin that starts from `$GEOKR_CHECKPOINT` (`_geokr-pre_`), and most one that
starts from ImageNet (`_imagenet-pre_`). Numbers are published ones of the same
protocol, network and head, in per cent; [docs/zoo.md](../../docs/zoo.md) has
all, with their pages and ours, and
[docs/downstream.md](../../docs/downstream.md) how to train.
"""


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
    for name, own in ours(RESULTS).items():
        numbers[name] += own
    lines = [INTRODUCTION]
    for task in TASKS_SHOWN:
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


def readme(entries: list[Entry]) -> str:
    """Configs by task, each with published numbers that compare."""
    lines = [README_HEAD]
    for task in TASKS_SHOWN:
        lines += [f'## {task.capitalize()}', '']
        lines += ['| config | set | same protocol |', '|---|---|---|']
        for entry in entries:
            card = entry.card
            if entry.start == 'random' and card and card.task == task:
                name, path = entry.path.stem, entry.path.relative_to(CONFIGS)
                found = '; '.join(_same(card, name))
                lines.append(f'| [{name}]({path}) | {card.title} | {found} |')
        lines.append('')
    return '\n'.join(lines).rstrip() + '\n'


def _same(card: Card, name: str) -> list[str]:
    """Published numbers of a config's protocol, network and head."""
    return [
        f'{method} {value:g} (`{entry.protocol}`, {entry.metric})'
        for entry in load_published()
        if entry.set == card.name
        and entry.compares.startswith('same protocol')
        and ('upernet' in name) == entry.test.startswith('UperNet')
        and 'frozen' not in name
        for method, value in entry.values.items()
        for part, network in NETWORKS.items()
        if part in name and method.endswith(network)
    ]


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
    """Write the files."""
    entries = read_configs()
    METAFILE.write_text(metafile(entries))
    PAGE.write_text(zoo_page(entries))
    README.write_text(readme(entries))


if __name__ == '__main__':
    main()
