"""Whether pixels reach the backbone in the order and range that it needs."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform
from mmengine.logging import print_log

from geokr_mm.errors import InputError
from geokr_mm.geo.scenes.physical import BYTES

# What ImageNet's three-band networks are normalised with.
IMAGENET_MEAN = dict(red=123.675, green=116.28, blue=103.53)
# A mean that was copied may have been rounded: by this in 0 to 255, by this
# share of the deviation in other units.
ROUNDED, ROUNDED_SHARE = 0.51, 0.01
# Of normalised physical values: largest mean, and largest and inverse of the
# smallest deviation, that can be meant.
FAR, WIDE = 5.0, 10.0
# Transforms of mmpretrain that cut pixels to 0 to 255, or take bytes only.
OF_BYTES = frozenset(
    {
        'AutoAugment', 'AutoContrast', 'Brightness', 'ColorJitter',
        'ColorTransform', 'Contrast', 'Equalize', 'GaussianBlur', 'Invert',
        'Lighting', 'Posterize', 'RandAugment', 'Solarize', 'SolarizeAdd',
    }
)  # fmt: skip


def check_normalisation(preprocessor: Any, card: Mapping[str, Any]) -> None:
    """Compare the data preprocessor with the pixels of the dataset.

    Args:
        preprocessor (nn.Module, optional): Of the model.
        card (Mapping): Of a :class:`geokr_mm.GeoKRDataset`.

    Raises:
        InputError: Channels are swapped, or mean and std are not for these
            bands.
    """
    bands = card['bands']
    if _swaps(preprocessor):
        raise InputError(
            'data_preprocessor turns the order of the bands round; the '
            f'dataset gives them by name: {", ".join(bands)}. Leave to_rgb, '
            'bgr_to_rgb and rgb_to_bgr out and set `bands` of the dataset'
        )
    found = {}
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
        found[name] = values
    if min(found.get('std', [1.0])) <= 0:
        raise InputError(
            f'data_preprocessor.std is {found["std"]}; deviations must be '
            'above 0'
        )
    if 'mean' in found:
        _check_order(found['mean'], card)
    if card['values'] == 'physical':
        _check_range(found, card)


def check_pipeline(dataset: Any) -> None:
    """Refuse transforms for bytes where pixels are physical values.

    Args:
        dataset (Dataset): Nothing is checked unless its ``values`` are
            ``'physical'``.

    Raises:
        InputError: Names the transforms.
    """
    if getattr(dataset, 'values', None) != 'physical':
        return
    found = {type(t).__name__ for t in transforms_in(dataset.pipeline)}
    wrong = sorted(found & OF_BYTES)
    if wrong:
        raise InputError(
            f'{", ".join(wrong)}: for pixels of 0 to 255; the dataset gives '
            f'{dataset.card["units"]}. Take geokr_mm.BandJitter instead, or '
            "set values='stretched'"
        )


def check_once(model: Any, dataset: Any) -> None:
    """Refuse to normalise twice what ``NormalizeAsPretrained`` normalises.

    Args:
        model (nn.Module): Of any library of the family.
        dataset (Dataset): Of the same.

    Raises:
        InputError: Names the setting to leave out.
    """
    transforms = transforms_in(getattr(dataset, 'pipeline', None))
    if not any(
        type(t).__name__ == 'NormalizeAsPretrained' for t in transforms
    ):
        return
    preprocessor = getattr(model, 'data_preprocessor', None)
    if getattr(preprocessor, '_enable_normalize', False) or _swaps(
        preprocessor
    ):
        raise InputError(
            'data_preprocessor normalises or turns channels round, and so '
            'does geokr_mm.NormalizeAsPretrained in the pipeline; leave mean, '
            'std, to_rgb, bgr_to_rgb and rgb_to_bgr out of data_preprocessor'
        )


def warn_of_pixels(card: Mapping[str, Any], path: str, dataset: Any) -> None:
    """Warn where nothing makes the values that a start was trained on.

    Args:
        card (Mapping): Of the start, a backbone file.
        path (str): The file.
        dataset (Dataset): The training set.
    """
    if card.get('values') != 'physical' or card['units'] == BYTES:
        return
    transforms = transforms_in(getattr(dataset, 'pipeline', None))
    kinds = {type(t).__name__ for t in transforms}
    if not kinds & {'NormalizeAsPretrained', 'LoadPatch'}:
        print_log(
            f'{path}: was pre-trained on {card["units"]} of '
            f'{", ".join(card["bands"])}; nothing in the pipeline makes '
            'images so. Load them with geokr_mm.LoadScenePatch and put '
            f'geokr_mm.NormalizeAsPretrained(checkpoint={path!r}) next',
            'current',
            logging.WARNING,
        )


def transforms_in(item: Any) -> Iterator[BaseTransform]:
    """All transforms of a pipeline, with those inside of others."""
    if isinstance(item, BaseTransform):
        yield item
        item = list(vars(item).values())
    if isinstance(item, (list, tuple)):
        for part in item:
            yield from transforms_in(part)
    elif hasattr(item, 'transforms'):
        yield from transforms_in(item.transforms)


def _swaps(preprocessor: Any) -> bool:
    return bool(
        getattr(preprocessor, '_channel_conversion', False)
        or getattr(preprocessor, 'to_rgb', False)
    )


def _check_order(mean: Sequence[float], card: Mapping[str, Any]) -> None:
    """Refuse a known mean whose values stand in another order than bands."""
    bands, band_mean = card['bands'], list(card['band_mean'])
    known = [('of the index', band_mean)]
    near = ROUNDED
    if card['values'] == 'physical':
        near = ROUNDED_SHARE * min(card['band_std'])
    if set(bands) == IMAGENET_MEAN.keys():
        known.append(('of ImageNet', [IMAGENET_MEAN[b] for b in bands]))
    for whose, right in known:
        same = np.allclose(sorted(mean), sorted(right), rtol=0, atol=near)
        if same and not np.allclose(mean, right, rtol=0, atol=near):
            raise InputError(
                f'data_preprocessor.mean is that {whose} in another order: '
                f'{_numbers(mean)} for {", ".join(bands)}, which have '
                f'{_numbers(right)}; bring mean and std into the order of '
                '`bands`'
            )


def _check_range(
    found: Mapping[str, Sequence[float]], card: Mapping[str, Any]
) -> None:
    """Refuse a mean and std of other units."""
    band_mean, band_std = (
        np.array(card[key]) for key in ('band_mean', 'band_std')
    )
    mean = np.array(found.get('mean', np.zeros(len(band_mean))))
    std = np.array(found.get('std', np.ones(len(band_std))))
    offset, width = np.abs(band_mean - mean) / std, band_std / std
    if (offset > FAR).any() or not np.all((width < WIDE) & (width > 1 / WIDE)):
        raise InputError(
            f'data_preprocessor: mean {_numbers(mean)} and std '
            f'{_numbers(std)} are not for the {card["units"]} of the dataset, '
            f'whose bands {", ".join(card["bands"])} have mean '
            f'{_numbers(band_mean)} and std {_numbers(band_std)}; leave them '
            'out of geokr_mm.BandDataPreprocessor, and tools/train.py takes '
            'those of the index'
        )


def _numbers(values: Any) -> str:
    return ', '.join(f'{value:.6g}' for value in values)
