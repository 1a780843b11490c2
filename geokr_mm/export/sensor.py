"""One sensor's network out of one with a stem for each."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import InputError

TRUNK, STEMS = 'backbone.trunk.', '.by_sensor.'


def of_sensor(
    content: Mapping[str, Any], sensor: str | None, source: str | Path
) -> dict[str, Any]:
    """A training checkpoint as if it had been trained on one sensor.

    Args:
        content (Mapping): Checkpoint of a run with
            :class:`geokr_mm.SensorStems`. Others are returned as they are.
        sensor (str, optional): Whose stem, bands and normalisation to keep.
        source (str | Path): Its file, for the error message.

    Raises:
        InputError: If the sensor is not given, or there is none of its name.
    """
    state = content['state_dict']
    have = sorted(
        {
            key.partition(STEMS)[2].partition('.')[0]
            for key in state
            if STEMS in key
        }
    )
    if sensor not in have and (have or sensor is not None):
        raise InputError(
            f'{source}: has a stem for each of the sensors '
            f'{", ".join(have)}; choose one with --sensor'
            if have
            else f'{source}: has one stem for all; leave --sensor {sensor} out'
        )
    if not have:
        return dict(content)
    mine = f'{STEMS}{sensor}.'
    tensors = {
        key.replace(mine, '.').replace(TRUNK, 'backbone.'): tensor
        for key, tensor in state.items()
        if STEMS not in key or mine in key
    }
    meta = dict(content.get('meta') or {})
    known = dict(meta.get('geokr') or {})
    known |= (known.get('sensors') or {}).get(sensor) or {}
    config = dict(known.get('config') or {})
    model = dict(config.get('model') or {})
    backbone = model.get('backbone') or {}
    if 'trunk' in backbone:
        bands = backbone['sensors'][sensor]
        model['backbone'] = {**backbone['trunk'], 'in_channels': bands}
    preprocessor = model.get('data_preprocessor') or {}
    if 'sensors' in preprocessor:
        model['data_preprocessor'] = preprocessor['sensors'][sensor]
    meta['geokr'] = {**known, 'config': {**config, 'model': model}}
    return {**content, 'state_dict': tensors, 'meta': meta}
