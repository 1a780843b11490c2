"""The images of a STAC item: which assets, their bands and resolution."""

import os
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from ...errors import InputError
from ..core.addresses import local_path
from ..core.raster import RASTER_SUFFIXES
from ..scenes.scene_files import SceneFile
from ..scenes.unopened import UnopenedScene
from .layouts import Role, read_name
from .stac_bands import (
    band_names,
    bands_of,
    common_name,
    only_value,
    stated_gsd,
    stated_scaling,
    step_of,
)

# Pictures and notes about an image, and layers on its quality (STAC best
# practices, asset roles).
ASIDE = {'thumbnail', 'overview', 'visual', 'metadata'}
QUALITY = {
    'cloud', 'cloud-shadow', 'mask', 'data-mask', 'snow-ice', 'land-water',
    'water-mask', 'saturation',
}  # fmt: skip
# Media types of images that GDAL reads as they are.
IMAGES = ('image/tiff', 'image/vnd.stac.geotiff', 'image/jp2')
_URI = re.compile(r'(?i)file:')
# Object stores by their GDAL names.
STORES = {
    's3://': '/vsis3/',
    'gs://': '/vsigs/',
    'az://': '/vsiaz/',
    'abfs://': '/vsiaz/',
    'oss://': '/vsioss/',
}


def item_scene(
    item: Any,
    above: Mapping[str, Any],
    where: str,
    wanted: Sequence[str] | None,
    aside: Counter[str],
) -> UnopenedScene:
    """An item as a scene, of the images that have each band once.

    Bands are named by the common name of ``eo:bands`` (STAC 1.0) or ``bands``
    (1.1), by their name where there is none or several bands share it, else
    by the asset's key. Where a band lies in several assets (two resolutions,
    a picture of three bands, two formats), the one of the finest stated
    resolution, then of the fewest bands, then a cloud-optimised one, then the
    first is taken. The ground sample distance is that of the asset's bands,
    else of the asset, the item, its collection. Assets in the role of a mask,
    or with the key of a quality layer, are quality layers.

    Args:
        item (pystac.Item): With its own address.
        above (mapping): The JSON of its collection, or ``{}``.
        where (str): Its file, for messages.
        wanted (sequence of str): Bands, though they be quality layers.
        aside (Counter): Counts keys of other assets that GDAL could read.

    Raises:
        InputError: An item without images, or with bands that no choice
            among its assets covers.
    """
    shared = above.get('item_assets') or {}
    general = item.properties.get('gsd')
    if general is None:
        general = only_value((above.get('summaries') or {}).get('gsd'))
    found: list[tuple[str, Any, dict[str, Any]]] = []
    layers: dict[str, str] = {}
    for key, asset in item.assets.items():
        if not _is_image(asset):
            continue
        fields = {**(shared.get(key) or {}), **asset.extra_fields}
        role, name = _role(key, asset, fields, wanted)
        if role is Role.BAND:
            found.append((key, asset, fields))
        elif role is Role.QUALITY:
            layers.setdefault(name, _file(asset))
        else:
            aside[key] += 1
    names: dict[str, set[str]] = {}
    for _, _, fields in found:
        for band in bands_of(fields):
            if band.get('name') and common_name(band):
                names.setdefault(common_name(band), set()).add(band['name'])
    images = []
    for key, asset, fields in found:
        bands, by_key = band_names(key, fields, names)
        file = SceneFile(
            _file(asset),
            bands,
            by_key,
            stated_gsd(fields, general, where),
            stated_scaling(fields, item.properties, where),
        )
        rank = (
            float('inf') if file.gsd is None else file.gsd,
            step_of(fields),
            len(bands),
            'cloud-optimized' not in str(asset.media_type),
        )
        images.append((rank, file))
    if not images:
        raise InputError(
            f'{where}: item {item.id!r} has no image among its assets '
            f'({", ".join(item.assets) or "none"})'
        )
    when = item.datetime or item.common_metadata.start_datetime
    return UnopenedScene(
        tuple(_cover(images, item.id, where)),
        str(item.id),
        None if when is None else when.date().isoformat(),
        tuple(layers.items()),
        source=where,
        collection=str(item.collection_id or ''),
    )


def _cover(
    images: list[tuple[Any, SceneFile]], name: Any, where: str
) -> list[SceneFile]:
    """Files that have each band once, those of the lowest ranks."""
    chosen: list[SceneFile] = []
    have: set[str] = set()
    for _, file in sorted(images, key=lambda image: image[0]):
        if not have & set(file.bands):
            chosen.append(file)
            have.update(file.bands)
    lost = {band for _, file in images for band in file.bands} - have
    if lost:
        raise InputError(
            f'{where}: item {name!r} has bands in several assets and '
            f'{min(lost)!r} only beside others; list the files in a .csv'
        )
    return [file for _, file in images if file in chosen]


def _role(
    key: str,
    asset: Any,
    fields: Mapping[str, Any],
    wanted: Sequence[str] | None,
) -> tuple[Role, str]:
    """What an image asset is, and its name as a quality layer."""
    known = read_name(key)
    if known is not None and (known.scene or known.loose):
        # Only keys that are just the name of a layer count.
        known = None
    name = key if known is None else known.code
    called = {key, name, *(str(b.get('name')) for b in bands_of(fields))}
    if called & set(wanted or ()):
        return Role.BAND, name
    if set(asset.roles or ()) & QUALITY:
        return Role.QUALITY, name
    return (Role.BAND if known is None else known.role), name


def _is_image(asset: Any) -> bool:
    roles = set(asset.roles or ())
    if roles & ASIDE:
        return False
    if asset.media_type:
        return str(asset.media_type).lower().startswith(IMAGES)
    suffix = PurePosixPath(asset.href.split('?')[0]).suffix.lower()
    return suffix in RASTER_SUFFIXES or ('data' in roles and not suffix)


def _file(asset: Any) -> str:
    """The address of an asset as GDAL opens it, else of an alternate one."""
    from pystac.utils import make_absolute_href

    hrefs = [asset.href]
    alternate = asset.extra_fields.get('alternate')
    if isinstance(alternate, dict):
        hrefs += [a['href'] for a in alternate.values() if a.get('href')]
    base = asset.owner.get_self_href()
    files = [
        # A URI of few slashes is not relative.
        _opened_as(h if _URI.match(h) else make_absolute_href(h, base))
        for h in map(str, hrefs)
    ]
    return next(filter(_can_be_opened, files), files[0])


def _can_be_opened(file: str) -> bool:
    """Whether GDAL knows such addresses, or a local file is there."""
    if '://' in file and not file.startswith('/vsi'):
        return file.startswith(('http://', 'https://'))
    return file.startswith('/vsi') or os.path.exists(file)


def _opened_as(href: str) -> str:
    """An address as GDAL opens it."""
    for scheme, prefix in STORES.items():
        if href.startswith(scheme):
            return prefix + href.removeprefix(scheme)
    if href.startswith(('http://', 'https://')):
        return href.replace(' ', '%20')
    return local_path(href)
