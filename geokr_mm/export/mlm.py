"""A STAC item of a backbone, by the machine-learning-model extension."""

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

import torch

from .foreign import ForeignBackbone

STAC = '1.1.0'
EXTENSIONS = 'https://stac-extensions.github.io'
MLM = f'{EXTENSIONS}/mlm/v1.6.0/schema.json'
EO = f'{EXTENSIONS}/eo/v2.0.0/schema.json'
RASTER = f'{EXTENSIONS}/raster/v2.0.0/schema.json'


def stac_item(backbone: ForeignBackbone, file: str) -> dict[str, Any]:
    """Describe a backbone in the terms of STAC's MLM extension 1.6.

    Args:
        backbone (ForeignBackbone): Its card gives bands, normalisation,
            place and time; what the card lacks is null or left out.
        file (str): Name of the file of weights beside the item.

    Returns:
        dict: A GeoJSON feature. Where the card has no dates of the images,
        its years are those of the map.
    """
    card = backbone.card
    bands = card.get('bands') or []
    found = [_band(card, i) for i in range(len(bands))]
    weights = list(backbone.network.parameters())
    extensions = [MLM]
    for start, address in (('eo:', EO), ('raster:', RASTER)):
        if any(key.startswith(start) for band in found for key in band):
            extensions.append(address)
    item: dict[str, Any] = dict(
        type='Feature',
        stac_version=STAC,
        stac_extensions=extensions,
        id=backbone.title,
        geometry=None,
        properties={
            **_time(card),
            'title': backbone.title,
            'description': 'A backbone: features, no classifier.',
            'license': 'other',
            'mlm:name': backbone.title,
            'mlm:architecture': backbone.name,
            'mlm:tasks': ['similarity-search'],
            'mlm:framework': 'PyTorch',
            'mlm:framework_version': torch.__version__,
            'mlm:total_parameters': sum(t.numel() for t in weights),
            'mlm:memory_size': sum(t.nbytes for t in weights),
            'mlm:pretrained': True,
            'mlm:pretrained_source': backbone.learned_from,
            'mlm:input': [_input(backbone)],
            'mlm:output': [_output(backbone)],
        },
        links=[],
        assets=dict(
            model={
                'href': f'./{file}',
                'title': f'Weights with the keys of {backbone.library}',
                'type': 'application/vnd.safetensors',
                'roles': ['mlm:model', 'mlm:weights', 'data'],
                'mlm:artifact_type': 'safetensors.torch.save_file',
            },
            card=dict(
                href='./README.md', type='text/markdown', roles=['metadata']
            ),
        ),
    )
    if found:
        # An asset's: STAC has none in properties where no asset has any.
        item['assets']['model']['bands'] = found
    west, south, east, north = box = card.get('bbox') or [None] * 4
    if west is not None:
        item['bbox'] = list(box)
        ring = [
            *([west, south], [east, south], [east, north], [west, north]),
            [west, south],
        ]
        item['geometry'] = dict(type='Polygon', coordinates=[ring])
    return item


def _band(card: Mapping[str, Any], i: int) -> dict[str, Any]:
    """One band in STAC's common terms, with what the card knows of it."""
    band: dict[str, Any] = dict(name=card['bands'][i])
    mean, deviation = _of(card, 'mean', i), _of(card, 'std', i)
    if mean is not None and deviation is not None:
        band['statistics'] = dict(mean=mean, stddev=deviation)
    if isinstance(card.get('units'), str):
        band['unit'] = card['units']
    fields = dict(wavelengths='eo:center_wavelength')
    if card.get('values') == 'physical':
        # Of numbers in files, to the unit.
        fields.update(scale='raster:scale', offset='raster:offset')
    for field, key in fields.items():
        value = _of(card, field, i)
        if value is not None:
            band[key] = value
    return band


def _of(card: Mapping[str, Any], field: str, i: int) -> Any:
    """Entry ``i`` of a field that has a value for each band, or None."""
    values = card.get(field)
    if not isinstance(values, list) or len(values) != len(card['bands']):
        return None
    return values[i]


def _input(backbone: ForeignBackbone) -> dict[str, Any]:
    card = backbone.card
    bands = card.get('bands') or []
    side = backbone.side or -1
    # "bands" is kept for bands with names.
    dimension = 'bands' if bands else 'channel'
    mean, deviation = card.get('mean'), card.get('std')
    return dict(
        name='image',
        description=_values(card),
        bands=bands,
        input=dict(
            shape=[-1, backbone.channels, side, side],
            dim_order=['batch', dimension, 'height', 'width'],
            data_type='float32',
        ),
        value_scaling=[
            dict(type='z-score', mean=m, stddev=s)
            for m, s in zip(mean, deviation, strict=True)
        ]
        if mean and deviation
        else None,
    )


def _output(backbone: ForeignBackbone) -> dict[str, Any]:
    return dict(
        name='features',
        description='For fine-tuning and search; there is no classifier.',
        tasks=['similarity-search'],
        result=dict(
            shape=[-1, backbone.features],
            dim_order=['batch', 'embedding'],
            data_type='float32',
        ),
    )


def _time(card: Mapping[str, Any]) -> dict[str, Any]:
    """Of the images where the card has it, else of the map, else now."""
    now = f'{dt.datetime.now(dt.timezone.utc):%Y-%m-%dT%H:%M:%SZ}'
    first, last = card.get('dates') or [None, None]
    year = card.get('product_year')
    if first is None and year is not None:
        first, last = f'{year}-01-01', f'{year}-12-31'
    if first is None:
        return dict(created=now, datetime=now)
    return dict(
        created=now,
        datetime=None,
        start_datetime=f'{first}T00:00:00Z',
        end_datetime=f'{last}T23:59:59Z',
    )


def _values(card: Mapping[str, Any]) -> str:
    """What the values of an image are."""
    text = f'Values: {card.get("units") or "unknown"}'
    stretch = card.get('stretch')
    return f'{text}; stretch: {json.dumps(stretch)}' if stretch else text
