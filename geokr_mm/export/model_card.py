"""The README of a folder for Hugging Face."""

import json
from typing import Any

import yaml

from ..version import __version__
from .card import FIELDS
from .foreign import ForeignBackbone

PUBLICATION = 'https://arxiv.org/abs/2107.05276'
# Of the card; what is not here is in ``meta`` or in ``config.json``.
SHOWN = [f for f in FIELDS if f not in ('architecture', 'sha256')]


def torchgeo_meta(backbone: ForeignBackbone) -> dict[str, Any]:
    """What torchgeo keeps as ``meta`` of weights; None where unknown."""
    card = backbone.card
    return dict(
        dataset=backbone.learned_from,
        in_chans=backbone.channels,
        model=card['architecture']['type'].rpartition('.')[2],
        encoder=backbone.name,
        library=backbone.library,
        publication=PUBLICATION if backbone.learned_from else None,
        repo=f'geokr_mm {__version__}',
        bands=card.get('bands'),
        units=card.get('units'),
        mean=card.get('mean'),
        std=card.get('std'),
        sha256=backbone.sha256,
    )


def readme(backbone: ForeignBackbone, notes: list[str]) -> str:
    """A model card with front matter, in Markdown.

    Args:
        backbone (ForeignBackbone): Of timm.
        notes (list[str]): What does not fit timm or was left out.
    """
    card = backbone.card
    front = dict(
        library_name='timm',
        pipeline_tag='image-feature-extraction',
        tags=['timm', 'remote-sensing', 'land-cover', 'geokr_mm'],
        license='other',
        license_name='terms-of-maps-and-images',
        datasets=str(card.get('product') or '').split('+'),
        # A list of its own, or YAML would write a reference to the other.
        bands=list(card.get('bands') or []),
        meta=torchgeo_meta(backbone),
    )
    if not card.get('product'):
        del front['datasets']
    rows = [
        f'| {name} | {_cell(card[name])} |'
        for name in SHOWN
        if card.get(name) is not None
    ]
    unknown = [name for name in SHOWN if card.get(name) is None]
    if unknown:
        rows.append(f'| unknown | {", ".join(unknown)} |')
    return TEXT.format(
        front=yaml.safe_dump(front, sort_keys=False, width=79),
        title=backbone.title,
        name=backbone.name,
        source=backbone.learned_from
        or 'maps that the checkpoint does not name',
        channels=backbone.channels,
        difference=backbone.difference,
        notes='\n'.join(f'- {note}' for note in notes),
        rows='\n'.join(rows),
    )


def _cell(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


TEXT = """\
---
{front}---

# {title}

`{name}` with {channels} bands. It learned from: {source}. There is
no classifier: fine-tune it, or use its features. They differ from those of
geokr_mm's own file by at most {difference:.0e} of the largest.

{notes}

## Load it

`FOLDER` is where this file lies. In
[timm](https://github.com/huggingface/pytorch-image-models), without a
network connection:

```python
import timm

model = timm.create_model('local-dir:FOLDER', pretrained=True)
```

In [mmsegmentation](https://github.com/open-mmlab/mmsegmentation), with
[mmpretrain](https://github.com/open-mmlab/mmpretrain):

```python
backbone = dict(
    type='mmpretrain.TIMMBackbone',
    model_name='local-dir:FOLDER',
    pretrained=True,
    features_only=True,
    in_channels={channels},
)
```

## What it learned from

| | |
|---|---|
{rows}
"""
