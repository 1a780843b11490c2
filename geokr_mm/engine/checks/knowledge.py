"""Whether a model fits the index that it is trained on."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from mmengine.logging import print_log
from torch import nn

from geokr_mm.errors import InputError

from .sensors import check_sensors

# What ImageNet's three-band networks are normalised with.
IMAGENET_MEAN = dict(red=123.675, green=116.28, blue=103.53)
# A mean that was copied may have been rounded.
ROUNDED = 0.51


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
        check_sensors(model, card)
        _check_classes(model, card['legend'])
        return
    bands = card['bands']
    _check_channels(model, bands)
    _check_normalisation(model, bands, card['band_mean'])
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


def _check_normalisation(
    model: Any, bands: Sequence[str], band_mean: Sequence[float]
) -> None:
    preprocessor = getattr(model, 'data_preprocessor', None)
    if getattr(preprocessor, '_channel_conversion', False) or getattr(
        preprocessor, 'to_rgb', False
    ):
        raise InputError(
            'data_preprocessor turns the order of the bands round; the '
            f'dataset gives them by name: {", ".join(bands)}. Leave to_rgb, '
            'bgr_to_rgb and rgb_to_bgr out and set `bands` of the dataset'
        )
    for name in ('mean', 'std'):
        tensor = getattr(preprocessor, name, None)
        if tensor is None:
            continue
        values = [float(v) for v in tensor.flatten()]
        if len(values) != len(bands):
            raise InputError(
                f'data_preprocessor.{name} has {len(values)} values, the '
                f'dataset gives {len(bands)} bands: {", ".join(bands)}; give '
                'one value for each, in this order, to '
                'geokr_mm.BandDataPreprocessor'
            )
        if name == 'std' and min(values) <= 0:
            raise InputError(
                f'data_preprocessor.std is {values}; deviations must be '
                'above 0'
            )
        if name == 'mean':
            _check_order(values, bands, band_mean)


def _check_order(
    mean: Sequence[float], bands: Sequence[str], band_mean: Sequence[float]
) -> None:
    """Refuse a known mean whose values stand in another order than bands."""
    known = [('of the index', list(band_mean))]
    if set(bands) == IMAGENET_MEAN.keys():
        known.append(('of ImageNet', [IMAGENET_MEAN[b] for b in bands]))
    for whose, right in known:
        same = np.allclose(sorted(mean), sorted(right), rtol=0, atol=ROUNDED)
        if same and not np.allclose(mean, right, rtol=0, atol=ROUNDED):
            raise InputError(
                f'data_preprocessor.mean is that {whose} in another order: '
                f'{_numbers(mean)} for {", ".join(bands)}, which have '
                f'{_numbers(right)}; bring mean and std into the order of '
                '`bands`'
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


def _numbers(values: Sequence[float]) -> str:
    return ', '.join(f'{value:.6g}' for value in values)
