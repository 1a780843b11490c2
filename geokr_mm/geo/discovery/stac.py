"""Scenes of STAC: an item, an item collection, or a catalogue of items."""

import json
import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...errors import InputError
from ..core.addresses import local_path
from ..core.raster import is_remote
from ..core.remote_text import read_text
from ..scenes.unopened import UnopenedScene
from .grouping import counted
from .stac_assets import item_scene

logger = logging.getLogger('geokr_mm')


def read_catalogue(
    path: str, wanted: Sequence[str] | None = None
) -> Iterator[UnopenedScene]:
    """Scenes of a STAC file, one for each item, one at a time.

    An item's image assets are one scene, see :func:`.item_scene`. The date is
    the item's, the first day where it spans several.

    Args:
        path (str): File or URL of an item, an item collection (GeoJSON) or a
            static catalogue or collection, whose links are followed: its own
            items come before those of the catalogues in it.
        wanted (sequence of str): Bands that will be used, though they be
            quality layers.

    Raises:
        InputError: Unreadable, not STAC, without an item, or an item without
            images. It names the file in which that is.
    """
    import pystac

    # pystac and the readers below meet values of any type in a wrong file.
    malformed = (
        AttributeError,
        KeyError,
        TypeError,
        ValueError,
        pystac.STACError,
        pystac.STACTypeError,
    )
    empty = True
    aside: Counter[str] = Counter()
    try:
        for item, above, where in _items(path, set()):
            yield item_scene(item, above, where, wanted, aside)
            empty = False
    except InputError:
        raise
    except malformed as error:
        what = ' '.join(f'{type(error).__name__}: {error}'.split())
        raise InputError(
            f'{path}: not readable as STAC ({what[:160]})'
        ) from None
    if empty:
        raise InputError(f'{path}: STAC without any item; give another one')
    if aside:
        logger.warning(
            f'{path}: assets beside the bands are left out: {counted(aside)}'
        )


def _items(
    href: str, seen: set[str]
) -> Iterator[tuple[Any, Mapping[str, Any], str]]:
    """Items below a file, the JSON of their collection, and their file.

    Nothing read is kept, so that a catalogue may have any number of items.
    """
    if href in seen:
        return
    seen.add(href)
    content = _read(href)
    kind = content.get('type')
    if kind == 'FeatureCollection':
        for feature in _list_of(content, 'features', href):
            yield _item(feature, href, False), {}, href
        return
    if kind == 'Feature':
        yield _item(content, href, True), {}, href
        return
    if kind not in ('Catalog', 'Collection'):
        raise InputError(
            f'{href}: type {kind!r} is not STAC; give an item, an item '
            'collection or a catalogue'
        )
    links = _list_of(content, 'links', href)
    for item_href in _linked(links, 'item', href):
        yield _item(_read(item_href), item_href, True), content, item_href
    for child_href in _linked(links, 'child', href):
        yield from _items(child_href, seen)


def _linked(links: list[Any], rel: str, base: str) -> Iterator[str]:
    """Addresses behind links of one kind."""
    from pystac.utils import make_absolute_href

    for link in links:
        if not isinstance(link, dict) or 'href' not in link:
            continue
        if link.get('rel') == rel:
            found = str(make_absolute_href(link['href'], base))
            yield found if is_remote(found) else local_path(found)


def _list_of(content: Mapping[str, Any], key: str, href: str) -> list[Any]:
    values = content.get(key)
    if not isinstance(values, list):
        raise InputError(f'{href}: not readable as STAC (no list {key!r})')
    return values


def _read(href: str) -> dict[str, Any]:
    """The JSON object in a file; InputError where there is none."""
    text = read_text(href, 'STAC file')
    try:
        content = json.loads(text)
    except ValueError as error:
        raise InputError(f'{href}: not readable as STAC ({error})') from None
    if not isinstance(content, dict):
        raise InputError(f'{href}: not readable as STAC (no JSON object)')
    return content


def _item(content: Any, href: str, own: bool) -> Any:
    """An item of a file, where relative assets start.

    If it is not its ``own`` file, the item may state another address, as
    results of a search do.
    """
    import pystac

    if not isinstance(content, dict) or 'stac_version' not in content:
        raise InputError(
            f'{href}: GeoJSON but not STAC (a feature has no stac_version); '
            'give an item, an item collection or a catalogue'
        )
    # What items of the field lack, though the standard has it.
    blank: dict[str, Any] = {
        'geometry': None, 'properties': {}, 'links': [], 'assets': {},
    }  # fmt: skip
    content = {**blank, **content}
    item = pystac.Item.from_dict(
        content, href=href if own else None, preserve_dict=False
    )
    if item.get_self_href() is None:
        item.set_self_href(href)
    return item
