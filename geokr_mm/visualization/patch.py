"""A patch as a card: image, maps and class fractions of each source."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from geokr_mm.geo.index.knowledge_index import KnowledgeIndex
from geokr_mm.geo.landcover.landcover import LandCover
from geokr_mm.geo.maps.legend import Legend
from geokr_mm.geo.scenes.patch import PatchRecord, footprint, read_patch
from geokr_mm.geo.scenes.radiometry import stretch

from .classes import fraction_bar, largest, percent, title_of, total_variation
from .markup import Element, element, picture
from .page import table

# Classes with numbers below a card's bars.
WORDS = 3
NONE = 255
# Cells along a patch in a cover map drawn from the product itself.
CELLS = 48
TRUE_COLOUR = ('red', 'green', 'blue')
# Another source for a row: its name, its map and its fractions (K, ).
Extra = Callable[[int], tuple[str, np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class PatchView:
    """What is shown of one patch.

    The image is (H, W, 3) uint8. Maps are a label and class indices (h, w),
    255 where there is none; bars a label and fractions (K,), of which the
    first are what the others are compared with.
    """

    title: str
    note: str
    image: np.ndarray
    maps: Sequence[tuple[str, np.ndarray]]
    bars: Sequence[tuple[str, np.ndarray]]


def patch_card(view: PatchView, legend: Legend) -> Element:
    """Draw a patch as an ``article``."""
    pictures = [picture(view.image, 'image')]
    pictures += [
        picture(indices, label, legend.palette) for label, indices in view.maps
    ]
    reference = view.bars[0][1]
    rows = []
    for number, (label, fractions) in enumerate(view.bars):
        gap = element('span', class_='gap')
        if number:
            distance = float(total_variation(fractions, reference))
            gap = element(
                'span',
                f'{percent(distance)} apart',
                class_='gap',
                title=f'share of the area that {label} gives to other '
                f'classes than {view.bars[0][0]}',
            )
        rows.append(
            element(
                'div',
                element('span', label, class_='who'),
                fraction_bar(fractions, legend),
                gap,
                class_='row',
            )
        )
    return element(
        'article',
        element('h3', view.title),
        element('p', view.note, class_='note'),
        element('div', *pictures, class_='pictures'),
        element('div', *rows, class_='rows'),
        _numbers(view, legend),
        class_='card',
    )


def _numbers(view: PatchView, legend: Legend) -> Element:
    """The main classes as a small table, for those who want the numbers."""
    mean = np.mean([fractions for _, fractions in view.bars], axis=0)
    head = ['share of', *(label for label, _ in view.bars)]
    rows = [
        [title_of(legend, k), *(percent(part[k]) for _, part in view.bars)]
        for k in largest(mean, WORDS)
    ]
    return table(head, rows, 'numbers')


def patch_views(
    index: KnowledgeIndex,
    rows: Sequence[int],
    predicted: Mapping[str, np.ndarray],
    product: LandCover | None = None,
    extra: Extra | None = None,
) -> list[PatchView]:
    """What to show of some patches of an index with kept rows only.

    Networks ``predicted`` fractions (N, K), by name. Without the product the
    cells stored in the index are shown as the map.
    """
    legend, views = index.metadata.legend, []
    for i in rows:
        record, line = index.record(i), index.frame.iloc[i]
        own = index.fractions[i]
        shown = cell_map(index, i)
        if product is not None:
            shown = cover_map(record, product)
        maps = [(f'map of {line["product_year"]}', shown)]
        bars = [('map', own)]
        bars += [(name, fractions[i]) for name, fractions in predicted.items()]
        if extra is not None:
            name, picture, fractions = extra(i)
            maps.append((name, picture))
            bars.append((name, fractions))
        where = f'column {record.window.col}, row {record.window.row}'
        views.append(
            PatchView(
                title=f'{title_of(legend, int(own.argmax()))} '
                f'{percent(own.max())}',
                note=f'{record.scene} · {where} · {line["gsd"]:g} m a pixel',
                image=patch_image(record),
                maps=maps,
                bars=bars,
            )
        )
    return views


def patch_image(record: PatchRecord) -> np.ndarray:
    """A patch as people see it, (H, W, 3) uint8, stretched as in the index.

    In the bands red, green and blue, else the first three, else the first
    as grey.
    """
    names = list(record.bands)
    bands = TRUE_COLOUR if set(TRUE_COLOUR) <= set(names) else names[:3]
    order = [names.index(band) for band in bands]
    if len(order) < 3:
        order = order[:1] * 3
    pixels = read_patch(record, [names[n] for n in order])
    shown = stretch(pixels, record.low[order], record.high[order])
    return np.ascontiguousarray(shown.transpose(1, 2, 0))


def cover_map(record: PatchRecord, product: LandCover) -> np.ndarray:
    """Class indices of the product on a patch, (CELLS, CELLS) uint8.

    On the patch's own grid; 255 where there is none.
    """
    corners, crs = footprint(record)
    found = product.coverage(corners[None], crs, grid=CELLS)
    return indices(
        found.fractions[0].reshape(CELLS, CELLS, -1),
        found.valid[0].reshape(CELLS, CELLS),
    )


def cell_map(index: KnowledgeIndex, i: int) -> np.ndarray:
    """The largest class of each stored cell, (g, g) uint8; 255 is none."""
    return indices(index.grid_fractions[i], index.grid_valid[i])


def indices(fractions: np.ndarray, valid: np.ndarray) -> np.ndarray:
    """Class indices (h, w) of the largest fractions (h, w, K), uint8.

    255 stands where less than half a cell is ``valid``.
    """
    largest = fractions.argmax(axis=-1).astype(np.uint8)
    return np.where(valid >= 0.5, largest, NONE).astype(np.uint8)
