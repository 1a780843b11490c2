"""Whether a model fits the index that it is trained on."""

from collections.abc import Sequence
from typing import Any

from mmengine.logging import print_log
from torch import nn

from geokr_mm.errors import InputError

from .pixels import check_normalisation, check_pipeline
from .sensors import check_sensors


def check_knowledge(model: Any, dataset: Any) -> None:
    """Compare bands, classes, normalisation and cells.

    Args:
        model (nn.Module): Without the wrapper of distributed training.
        dataset (Dataset): Nothing is checked unless it is a
            :class:`geokr_mm.GeoKRDataset` or
            :class:`geokr_mm.SensorDataset`.

    Raises:
        InputError: Names both sides and the setting to correct.
    """
    card = getattr(dataset, 'card', None)
    if card is None:
        return
    if 'sensors' in card:
        check_sensors(model, dataset)
        _check_classes(model, card['legend'])
        return
    bands = card['bands']
    _check_channels(model, bands)
    check_normalisation(getattr(model, 'data_preprocessor', None), card)
    check_pipeline(dataset)
    _check_classes(model, card['legend'])
    _check_cells(model, dataset)


def _check_channels(model: Any, bands: Sequence[str]) -> None:
    backbone = getattr(model, 'backbone', model)
    first = next(
        (m for m in backbone.modules() if isinstance(m, nn.Conv2d)), None
    )
    if first is not None and first.in_channels != len(bands):
        raise InputError(
            f'the backbone takes {first.in_channels} bands, the '
            f'dataset gives {len(bands)}: {", ".join(bands)}; set `bands` '
            'of the dataset or `in_channels` of the backbone'
        )


def _check_classes(model: Any, legend: Sequence[str]) -> None:
    for name, module in model.named_modules():
        # Of other libraries' modules only heads mean the classes taught.
        ours = type(module).__module__.startswith('geokr_mm.')
        if not ours and name != 'head':
            continue
        classes = getattr(module, 'num_classes', None)
        if not isinstance(classes, int) or classes == len(legend):
            continue
        what = 'head predicts' if name == 'head' else f'{name} is for'
        raise InputError(
            f'the {what} {classes} classes, the index has '
            f'{len(legend)}: {", ".join(legend)}; set '
            f'model.{name}.num_classes={len(legend)} or build the index '
            'with another --legend'
        )


def _check_cells(model: Any, dataset: Any) -> None:
    have = dataset.knowledge_index.metadata.grid
    grids = getattr(getattr(model, 'head', None), 'grids', ())
    wrong = [cells for cells in grids if have % cells]
    if wrong:
        raise InputError(
            f'the head reads {", ".join(str(c) for c in wrong)} cells along '
            f'a side, the index holds {have}; set model.head.grids to what '
            f'divides {have}, or build the index with --grid {max(grids)}'
        )
    views = [type(t).__name__ for t in dataset.pipeline.transforms]
    if have == 1 and 'KnowledgeViews' in views:
        print_log(
            'The index holds one cell a patch, so that each view keeps the '
            'class fractions of the whole patch; build it with --grid 8 and '
            'crops have their own.',
            'current',
        )
