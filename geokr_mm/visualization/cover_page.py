"""A page on maps of scenes: image, map, network and where they differ."""

import math
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray

from geokr_mm.geo.core.crs import transformer
from geokr_mm.geo.cover.areas import Area
from geokr_mm.geo.cover.cells import moved
from geokr_mm.geo.maps.legend import Legend

from .area_pictures import AreaPictures
from .bars import counted
from .chart import line_chart
from .classes import chips, degrees, percent, swatch, title_of
from .markup import Child, Element, element, picture, png_uri, svg, text
from .page import page, section, table
from .patch import NONE, PatchView, patch_card

if TYPE_CHECKING:
    from geokr_mm.prediction.calibration import Calibration
    from geokr_mm.prediction.cover import Cover
    from geokr_mm.prediction.scene_maps import SceneMaps

# Scenes and areas that the page shows.
SCENES, AREAS = 8, 20
# Disagreement from none to all, readable on light and dark paper.
HEAT = ('#f3e9d2', '#f2c078', '#e8873b', '#c8402d', '#6f1028')
NETWORK = 'network'


def cover_page(
    cover: 'Cover',
    pictures: AreaPictures,
    calibration: 'Calibration | None' = None,
    command: str = '',
) -> str:
    """The page, as HTML."""
    several = 'scenes' if len(cover.maps) > 1 else 'scene'
    intro = (
        f'Land cover of {counted(len(cover.maps))} {several} as the '
        f'{cover.branches[0]} of {cover.network} reads it'
    )
    if cover.product:
        intro += f', beside the map ({cover.product}). Where the two differ,'
        intro += ' the map may be old or coarse, or the network wrong.'
    else:
        intro += '.'
    sections = []
    if cover.product:
        sections += [_ranked(cover), _cards(cover, pictures)]
    sections.append(_scenes(cover, pictures))
    if calibration is not None:
        sections.append(_calibration(calibration, cover.legend))
    sections.append(_facts(cover, command))
    return page('Land cover as a network reads it', intro, sections)


def _ranked(cover: 'Cover') -> Element:
    legend, shown = cover.legend, cover.areas[:AREAS]
    title = 'Where map and network differ most'
    if not shown:
        return section(title, element('p', 'Nowhere.', class_='note'))
    rows: list[list[Child]] = [
        [
            element(
                'a', f'{rank}. {_change(area, legend)}', href=f'#area-{rank}'
            ),
            _hectares(area.hectares),
            percent(area.disagreement),
            area.scene.name,
        ]
        for rank, area in enumerate(shown, 1)
    ]
    more = 'areas.gpkg has the same for a GIS.'
    if len(cover.areas) > len(shown):
        more = f'areas.gpkg has all {len(cover.areas)}.'
    return section(
        title,
        table(['map → network', 'area', 'disagreement', 'scene'], rows),
        lead='Areas ranked by their hectares times disagreement, the share '
        f'that would have to change its class. {more}',
    )


def _cards(cover: 'Cover', pictures: AreaPictures) -> Element:
    cards = []
    for rank, area in enumerate(cover.areas[:AREAS], 1):
        image, on_map, read = pictures.of(area)
        card = patch_card(
            PatchView(
                title=f'{rank}. {_change(area, cover.legend)}',
                note=_where(area),
                image=image,
                maps=[('map', on_map), (NETWORK, read)],
                bars=[('map', area.map), (NETWORK, area.network)],
            ),
            cover.legend,
        )
        card.set('id', f'area-{rank}')
        cards.append(card)
    return section(
        'The areas one by one',
        chips(cover.legend),
        element('div', *cards, class_='cards'),
    )


def _scenes(cover: 'Cover', pictures: AreaPictures) -> Element:
    order = sorted(
        cover.maps, key=lambda m: -np.nan_to_num(m.disagreement, nan=-1.0)
    )
    parts: list[Element] = []
    for maps in order[:SCENES]:
        scene = maps.view.scene
        gsd = scene.gsd()
        size = f'{gsd:.3g} m' if gsd < 1000 else f'{gsd / 1000:.3g} km'
        note = [
            f'{scene.width} x {scene.height} pixels of {size}',
            scene.date or 'no date',
        ]
        if not math.isnan(maps.disagreement):
            note.append(f'mean disagreement {percent(maps.disagreement)}')
        figures = [_overview(cover, maps, pictures)]
        palette = cover.legend.palette
        if cover.product:
            on_map = pictures.layer(maps, 'map')
            figures.append(picture(on_map, 'map', palette))
        read = pictures.layer(maps, 'classes')
        figures.append(picture(read, NETWORK, palette))
        if cover.product:
            steps = _steps(pictures.layer(maps, 'disagreement'))
            figures.append(picture(steps, 'disagreement', _heat()))
        files = [
            element('a', maps.file(kind), href=maps.file(kind))
            for kind in maps.kinds
        ]
        parts += [
            element('h3', scene.name, class_='group'),
            element('p', ' · '.join(note), class_='note'),
            element('div', *figures, class_='pictures four'),
            element(
                'p',
                *(part for file in files for part in (file, ' ')),
                class_='note',
            ),
        ]
    rest = len(cover.maps) - SCENES
    if rest > 0:
        text = f'{rest} more scenes are not shown; their files lie here too.'
        parts.append(element('p', text, class_='note'))
    key = None
    if cover.product:
        shares = [
            element(
                'li', swatch(c), f'{20 * n} to {20 * n + 20} % disagreement'
            )
            for n, c in enumerate(HEAT)
        ]
        key = element('ul', *shares, class_='legend')
    return section('The scenes', chips(cover.legend), key, *parts)


def _overview(
    cover: 'Cover', maps: 'SceneMaps', pictures: AreaPictures
) -> Element:
    """The image of a scene; numbers on it lead to the areas."""
    image, scene = pictures.whole(maps), maps.view.scene
    height, width = image.shape[:2]
    marks = []
    for rank, area in enumerate(cover.areas[:AREAS], 1):
        if area.scene is not scene:
            continue
        middle = np.array(area.outline.centroid.coords)
        (at,) = moved(~scene.transform, middle)
        x, y = at / (scene.width, scene.height) * (width, height)
        marks.append(
            element(
                'a',
                element(
                    'circle',
                    class_='spot',
                    cx=float(x),
                    cy=float(y),
                    r=width / 36,
                ),
                text(
                    str(rank),
                    'spot-number middle',
                    float(x),
                    float(y) + width / 72,
                ),
                href=f'#area-{rank}',
                aria_label=f'area {rank}: {_change(area, cover.legend)}',
                style=f'font-size:{width / 24:.1f}px',
            )
        )
    drawing = svg(
        f'0 0 {width} {height}',
        f'image of {scene.name}',
        element(
            'image', href=png_uri(image), x=0, y=0, width=width, height=height
        ),
        *marks,
    )
    drawing.set('role', 'group')
    return element('figure', drawing, element('figcaption', 'image'))


def _calibration(found: 'Calibration', legend: Legend) -> Element:
    count = len(found.network)
    order = np.argsort(-found.map.mean(axis=0), kind='stable').tolist()
    most = np.maximum(found.map, found.network).max(axis=0)
    seen = [k for k in order if most[k] >= 0.05]
    rows = [
        [
            title_of(legend, k),
            percent(float(found.map[:, k].mean())),
            percent(float(found.network[:, k].mean())),
            f'{found.r2(k):.2f}',
            percent(found.error(k)),
        ]
        for k in seen
    ]
    charts = []
    for k in seen:
        curve = np.array([(r, m) for *_, r, m in found.curve(k)])
        if len(curve) > 1:
            charts.append(
                line_chart(
                    title_of(legend, k),
                    curve[:, 0],
                    curve[:, 1],
                    'read by the network; faint: as the map',
                    curve[:, 0],
                )
            )
    return section(
        'In held-out places',
        table(['class', 'on the map', 'read', 'R²', 'off the diagonal'], rows),
        element('div', *charts, class_='small-charts'),
        lead=f'{counted(count)} patches of places that the network was not '
        'trained on. The curves show how much of a class the map has where '
        'the network reads so much of it.',
    )


def _facts(cover: 'Cover', command: str) -> Element:
    facts = [
        ['checkpoint', cover.network],
        ['networks', ', '.join(cover.branches)],
        ['product', cover.product or 'none'],
        ['classes', ', '.join(cover.legend.names)],
    ]
    return section(
        'How it was made',
        element('pre', command or 'command not noted'),
        table(['', ''], facts, 'facts'),
    )


def _change(area: Area, legend: Legend) -> str:
    before, after = (
        title_of(legend, int(part.argmax()))
        for part in (area.map, area.network)
    )
    return f'{before} → {after}'


def _where(area: Area) -> str:
    move = transformer(area.scene.crs, 'EPSG:4326')
    lon, lat = move.transform(*shapely.centroid(area.outline).coords[0])
    return (
        f'{_hectares(area.hectares)}, {percent(area.disagreement)} '
        f'disagreement · {degrees(lat, "NS", 3)}, {degrees(lon, "EW", 3)} · '
        f'{area.scene.name}'
    )


def _hectares(hectares: float) -> str:
    if hectares >= 1e5:
        return f'{counted(hectares / 100)} km²'
    return f'{counted(hectares) if hectares >= 10 else f"{hectares:.2g}"} ha'


def _steps(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    steps = np.minimum(np.nan_to_num(values) * len(HEAT), len(HEAT) - 1)
    return np.where(np.isfinite(values), steps, NONE).astype(np.uint8)


def _heat() -> NDArray[np.uint8]:
    return np.array([tuple(bytes.fromhex(c[1:])) for c in HEAT], np.uint8)
