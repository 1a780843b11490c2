"""Bands of a STAC asset, as STAC 1.0 and 1.1 state them."""

import re
from collections.abc import Mapping
from typing import Any

from ..scenes.scene import Scaling
from ..scenes.scene_files import finite_number, stated_factor, stated_metres
from ..scenes.sentinel2 import by_baseline

# Earth Search took Sentinel-2's offset out of the numbers of some items,
# and left it in raster:bands.
_TAKEN_OUT = ('earthsearch:boa_offset_applied', 'sentinel:boa_offset_applied')
_BASELINES = ('s2:processing_baseline', 'sentinel:processing_baseline')


def bands_of(fields: Mapping[str, Any]) -> Any:
    """Fields of an asset's bands: ``eo:bands`` or ``bands``."""
    return fields.get('eo:bands') or fields.get('bands') or []


def common_name(band: Mapping[str, Any]) -> Any:
    """The common name of a band; None where it has none."""
    return band.get('common_name') or band.get('eo:common_name')


def band_names(
    key: str, fields: Mapping[str, Any], shared: Mapping[str, set[str]]
) -> tuple[tuple[str, ...], bool]:
    """Names of an asset's bands, and whether they are but its key.

    Empty where they come from the file.
    """
    bands = bands_of(fields)
    names = []
    for band in bands:
        common = common_name(band)
        alone = len(shared.get(common or '', ())) < 2
        names.append(common if common and alone else band.get('name'))
    if names and all(names) and len(set(names)) == len(names):
        return tuple(map(str, names)), False
    if len(names) > 1 or len(fields.get('raster:bands') or ()) > 1:
        return (), False
    return (key,), True


def stated_gsd(
    fields: Mapping[str, Any], general: Any, where: str
) -> float | None:
    """Stated metres along a pixel.

    ``raster:bands`` of STAC 1.0 has ``spatial_resolution``, ``bands`` of 1.1
    has ``gsd`` or that with the extension's prefix.
    """
    bands = [*bands_of(fields), *(fields.get('raster:bands') or ())]
    keys = ('gsd', 'spatial_resolution', 'raster:spatial_resolution')
    of_bands = [b[k] for b in bands for k in keys if b.get(k) is not None]
    value = only_value(of_bands)
    if value is None:
        value = fields.get('gsd', general)
    return stated_metres(value, where)


def step_of(fields: Mapping[str, Any]) -> float:
    """Side of a pixel by ``proj:transform``; infinite where unknown."""
    transform = fields.get('proj:transform')
    step = transform[0] if isinstance(transform, list) and transform else None
    value = finite_number(step)
    return float('inf') if value is None else abs(value)


def stated_scaling(
    fields: Mapping[str, Any], properties: Mapping[str, Any], where: str
) -> tuple[Scaling, ...]:
    """Scale and offset of each of an asset's bands, or one for all.

    As ``raster:bands`` (1.0) or ``bands`` (1.1) state them, without an offset
    that was taken out of the numbers already; else as Sentinel-2's processing
    baseline implies. Empty where none is known.
    """
    applied = any(properties.get(key) is True for key in _TAKEN_OUT)
    stated = [
        _scaling(band, where)
        for band in (fields.get('raster:bands') or bands_of(fields))
    ]
    if not any(stated):
        stated = [_scaling(fields, where)]
    found = tuple(s or Scaling() for s in stated) if any(stated) else ()
    if not found:
        found = _of_baseline(properties)
    if applied:
        found = tuple(scaling._replace(offset=0.0) for scaling in found)
    return found[:1] if len(set(found)) == 1 else found


def _scaling(fields: Mapping[str, Any], where: str) -> Scaling | None:
    """Scale and offset of a band or an asset; None where it states none."""
    stated = {}
    for name in Scaling._fields:
        value = fields.get(name, fields.get(f'raster:{name}'))
        if value is not None:
            stated[name] = stated_factor(name, value, where)
    return Scaling(**stated) if stated else None


def _of_baseline(properties: Mapping[str, Any]) -> tuple[Scaling, ...]:
    for key in _BASELINES:
        found = re.match(r'N?(\d\d)\.?(\d\d)$', str(properties.get(key)))
        # Baseline 99.99 is of products that users process themselves.
        if found and found[0].strip('N') not in ('9999', '99.99'):
            return (by_baseline(int(found[1] + found[2])),)
    return ()


def only_value(values: Any) -> Any:
    """The value that all share; None where they differ or there is none."""
    if not isinstance(values, list) or not values:
        return None
    return values[0] if all(v == values[0] for v in values) else None
