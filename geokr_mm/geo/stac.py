"""Scenes of STAC: an item, an item collection, or a catalogue of items."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..errors import InputError
from .listing import Listed
from .raster import RASTER_SUFFIXES, is_remote

# Pictures and notes about an image (STAC best practices, asset roles).
ASIDE = {'thumbnail', 'overview', 'visual', 'metadata', 'cloud', 'mask'}
# Media types of images that GDAL reads as they are.
IMAGES = ('image/tiff', 'image/vnd.stac.geotiff', 'image/jp2')


def read_catalogue(path: str) -> Iterator[Listed]:
    """Scenes of a STAC file, one for each item.

    An item's image assets are one scene: their bands are named by the common
    name of ``eo:bands`` or ``bands``, else by their name, else by the asset.
    Date and ground sample distance are the item's.

    Args:
        path (str): File or URL of an item, an item collection (GeoJSON) or a
            static catalogue, whose links are followed.

    Yields:
        Listed: The scenes, in the catalogue's order.

    Raises:
        InputError: Unreadable, not STAC, or an item without images.
    """
    import pystac

    try:
        if is_remote(path):
            text = pystac.StacIO.default().read_text(path)
        else:
            text = Path(path).read_text(encoding='utf-8')
        content = json.loads(text)
        kind = content.get('type') if isinstance(content, dict) else None
        if kind == 'FeatureCollection':
            items: Any = [
                _own_href(pystac.Item.from_dict(d), path)
                for d in content['features']
            ]
        elif kind == 'Feature':
            items = [pystac.Item.from_file(path)]
        elif kind in ('Catalog', 'Collection'):
            reader = pystac.Catalog if kind == 'Catalog' else pystac.Collection
            items = reader.from_file(path).get_items(recursive=True)
        else:
            raise InputError(
                f'{path}: type {kind!r} is not STAC; give an item, an item '
                'collection or a catalogue'
            )
        for item in items:
            yield _scene(item, path)
    except InputError:
        raise
    except (
        OSError,
        ValueError,
        KeyError,
        TypeError,
        pystac.errors.STACError,
        pystac.errors.STACTypeError,
    ) as error:
        raise InputError(
            f'{path}: not readable as STAC '
            f'({" ".join(str(error).split())[:160]})'
        ) from None


def _own_href(item: Any, path: str) -> Any:
    """Relative assets of an item collection start at its file."""
    if item.get_self_href() is None:
        item.set_self_href(path)
    return item


def _scene(item: Any, path: str) -> Listed:
    files, bands = [], []
    for key, asset in item.assets.items():
        if _is_image(asset):
            href = asset.get_absolute_href() or asset.href
            files.append(_plain(href))
            bands.append(_band_names(key, asset))
    if not files:
        raise InputError(
            f'{path}: item {item.id!r} has no image among its assets '
            f'({", ".join(item.assets) or "none"})'
        )
    named = [b for names in bands for b in names]
    if len(set(named)) < len(named):
        # One image in several forms, such as two resolutions.
        twice = next(b for b in named if named.count(b) > 1)
        raise InputError(
            f'{path}: item {item.id!r} has band {twice!r} in several assets; '
            'make an item of each form, or list the files in a .csv'
        )
    when = item.datetime or item.common_metadata.start_datetime
    distance = item.common_metadata.gsd
    return Listed(
        tuple(files),
        tuple(bands),
        item.id,
        None if when is None else when.date().isoformat(),
        None if distance is None else float(distance),
    )


def _is_image(asset: Any) -> bool:
    if set(asset.roles or ()) & ASIDE:
        return False
    if asset.media_type:
        return bool(str(asset.media_type).lower().startswith(IMAGES))
    return Path(asset.href.split('?')[0]).suffix.lower() in RASTER_SUFFIXES


def _band_names(key: str, asset: Any) -> tuple[str, ...]:
    """Names of an asset's bands; its own key where it tells none.

    ``eo:bands`` is the extension of STAC 1.0, ``bands`` that of 1.1.
    """
    fields: Mapping[str, Any] = asset.extra_fields
    told = fields.get('eo:bands') or fields.get('bands') or []
    names = [
        b.get('common_name') or b.get('eo:common_name') or b.get('name')
        for b in told
    ]
    if names and all(names) and len(set(names)) == len(names):
        return tuple(map(str, names))
    # Common names may repeat (three red edges): then the sensor's own.
    names = [b.get('name') for b in told]
    if names and all(names) and len(set(names)) == len(names):
        return tuple(map(str, names))
    return (key,) if len(told) <= 1 else ()


def _plain(href: str) -> str:
    """A local ``file://`` address as a path; others as they are."""
    return href.removeprefix('file://')
