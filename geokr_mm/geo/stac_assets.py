"""The images of a STAC item: which assets, their bands and resolution."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from ..errors import InputError
from .raster import RASTER_SUFFIXES

# Pictures and notes about an image (STAC best practices, asset roles).
ASIDE = {'thumbnail', 'overview', 'visual', 'metadata', 'cloud', 'mask'}
# Media types of images that GDAL reads as they are.
IMAGES = ('image/tiff', 'image/vnd.stac.geotiff', 'image/jp2')
# Object stores by their GDAL names.
STORES = {'s3://': '/vsis3/', 'gs://': '/vsigs/'}


@dataclass(frozen=True)
class Image:
    """One image asset.

    Attributes:
        file (str): Path or URL, as GDAL opens it.
        bands (tuple[str, ...]): Names of its bands; empty where the file is
            to tell them.
        gsd (float | None): Metres along a pixel, as stated.
        cloud_optimised (bool): Whether parts of it are read cheaply.
    """

    file: str
    bands: tuple[str, ...]
    gsd: float | None
    cloud_optimised: bool


def choose_images(
    item: Any, above: Mapping[str, Any], where: str
) -> list[Image]:
    """Images of an item that together are a scene.

    Bands are named by the common name of ``eo:bands`` (STAC 1.0) or ``bands``
    (1.1), by their name where there is none or several bands share it, else
    by the asset's key. Where a band lies in
    several assets (two resolutions, a picture of three bands, two formats),
    the one of the finest stated resolution, then of the fewest bands, then a
    cloud-optimised one, then the first is taken. The ground sample distance
    is that of the asset's bands, else of the asset, the item, its collection.

    Args:
        item (pystac.Item): The item, with its own address.
        above (mapping): The JSON of its collection, or ``{}``.
        where (str): Its file, for messages.

    Raises:
        InputError: An item without images, or with bands that no choice
            among its assets covers.
    """
    shared = above.get('item_assets') or {}
    general = item.properties.get('gsd')
    if general is None:
        general = _only((above.get('summaries') or {}).get('gsd'))
    assets = {
        key: (asset, {**(shared.get(key) or {}), **asset.extra_fields})
        for key, asset in item.assets.items()
        if _is_image(asset)
    }
    names: dict[str, set[str]] = {}
    for _, fields in assets.values():
        for band in _bands(fields):
            if band.get('name') and _common(band):
                names.setdefault(_common(band), set()).add(band['name'])
    found = [
        Image(
            _opened_as(asset.get_absolute_href() or asset.href),
            _band_names(key, _bands(fields), names),
            _gsd(fields, general, where),
            'cloud-optimized' in str(asset.media_type),
        )
        for key, (asset, fields) in assets.items()
    ]
    if not found:
        raise InputError(
            f'{where}: item {item.id!r} has no image among its assets '
            f'({", ".join(item.assets) or "none"})'
        )
    order = sorted(
        found,
        key=lambda i: (
            float('inf') if i.gsd is None else i.gsd,
            len(i.bands),
            not i.cloud_optimised,
        ),
    )
    chosen: list[Image] = []
    have: set[str] = set()
    for image in order:
        if not have & set(image.bands):
            chosen.append(image)
            have.update(image.bands)
    lost = {b for image in found for b in image.bands} - have
    if lost:
        raise InputError(
            f'{where}: item {item.id!r} has bands in several assets and '
            f'{min(lost)!r} only beside others; list the files in a .csv'
        )
    return [image for image in found if image in chosen]


def _is_image(asset: Any) -> bool:
    roles = set(asset.roles or ())
    if roles & ASIDE:
        return False
    if asset.media_type:
        return str(asset.media_type).lower().startswith(IMAGES)
    suffix = PurePosixPath(asset.href.split('?')[0]).suffix.lower()
    return suffix in RASTER_SUFFIXES or ('data' in roles and not suffix)


def _band_names(
    key: str, bands: Any, shared: Mapping[str, set[str]]
) -> tuple[str, ...]:
    """Names of an asset's bands; its own key where it tells none.

    Args:
        key (str): The asset's.
        bands (list of dict): What it says of its bands.
        shared (mapping): Common name to the names of the item's bands that
            have it: three red edges go by their own names.
    """
    names = []
    for band in bands:
        common = _common(band)
        alone = len(shared.get(common or '', ())) < 2
        names.append(common if common and alone else band.get('name'))
    if names and all(names) and len(set(names)) == len(names):
        return tuple(map(str, names))
    return (key,) if len(names) <= 1 else ()


def _bands(fields: Mapping[str, Any]) -> Any:
    """What an asset says of its bands, in STAC 1.0 or 1.1."""
    return fields.get('eo:bands') or fields.get('bands') or []


def _common(band: Mapping[str, Any]) -> Any:
    return band.get('common_name') or band.get('eo:common_name')


def _gsd(fields: Mapping[str, Any], general: Any, where: str) -> float | None:
    """Stated metres along a pixel.

    ``raster:bands`` of STAC 1.0 has ``spatial_resolution``, ``bands`` of 1.1
    has ``gsd`` or that with the extension's prefix.
    """
    bands = [*_bands(fields), *(fields.get('raster:bands') or ())]
    keys = ('gsd', 'spatial_resolution', 'raster:spatial_resolution')
    of_bands = [b[k] for b in bands for k in keys if b.get(k) is not None]
    value = _only(of_bands)
    if value is None:
        value = fields.get('gsd', general)
    if value is None:
        return None
    try:
        metres = float(value)
    except (TypeError, ValueError):
        metres = 0.0
    if not 0 < metres < float('inf'):
        raise InputError(f'{where}: gsd {value!r} is no number of metres')
    return metres


def _only(values: Any) -> Any:
    """The value that all share; None where they differ or there is none."""
    if not isinstance(values, list) or not values:
        return None
    return values[0] if all(v == values[0] for v in values) else None


def _opened_as(href: str) -> str:
    """An address as GDAL opens it."""
    for scheme, prefix in STORES.items():
        if href.startswith(scheme):
            return prefix + href.removeprefix(scheme)
    return href.removeprefix('file://')
