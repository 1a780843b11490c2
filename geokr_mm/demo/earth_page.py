"""Sections of the demo's page that the real Earth has."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from PIL import Image

from geokr_mm.export.predict import read_fractions
from geokr_mm.geo.index.knowledge_index import KnowledgeIndex
from geokr_mm.geo.maps.legend import Legend, common_legend
from geokr_mm.geo.maps.product import load_product
from geokr_mm.visualization.classes import (
    chips,
    percent,
    swatch,
    total_variation,
)
from geokr_mm.visualization.markup import Element, element, picture
from geokr_mm.visualization.page import section
from geokr_mm.visualization.patch import patch_image
from geokr_mm.visualization.report import (
    agreement,
    open_product,
    patch_section,
)

from .examples import NAMES, accuracy, example_section
from .mosaics import HEAT, STEPS, mosaic, steps, world_map
from .plan import Layout, Task
from .results import STARTS

INTRO = (
    'Here all of it ran on the real Earth: NASA Blue Marble, seven kilometres '
    'a pixel, with the MODIS land cover of 2019. The networks learned from '
    'all land east of 20° W; the Americas, with Greenland, were kept for the '
    'tests.'
)
BORDER = -20.0
# Every third pixel is enough for a map of a continent.
COARSER = 3
# An index and the fractions that networks predict for its kept patches.
Part = tuple[KnowledgeIndex, Mapping[str, NDArray[np.float32]]]


def earth_sections(
    layout: Layout, index: KnowledgeIndex, predicted: dict[str, np.ndarray]
) -> list[Element]:
    """Maps of the Earth and of the Americas, examples, and patches."""
    seen = in_common_classes(index.kept(), predicted)
    unseen = in_common_classes(
        KnowledgeIndex.open(layout.americas).kept(),
        read_fractions(layout.checkpoint, layout.americas),
    )
    files = [layout.earth / 'mcd12c1']
    product = open_product(unseen[0].metadata, layout.americas, files)
    task = next(t for t in layout.all_tasks() if t.name == 'zones')
    legend = load_product('koppen_geiger').legend('native')
    return [
        globe_section(layout, seen, unseen),
        patch_section(
            *unseen,
            product,
            'Patches of the Americas, which the networks have never seen, '
            'two degrees wide. Hover over a bar for its numbers.',
        ),
        zone_section(layout, task, legend),
        example_section(
            layout,
            task,
            layout.masks / 'images' / 'val',
            layout.masks / 'masks' / 'val',
            legend,
        ),
    ]


def in_common_classes(
    index: KnowledgeIndex, predicted: Mapping[str, NDArray[np.float32]]
) -> Part:
    """An index of native classes, and predictions, in the common legend."""
    legend = common_legend()
    product = load_product(index.metadata.product)
    shares = np.zeros((len(product.common), len(legend.names)), np.float32)
    for k, name in enumerate(product.common):
        shares[k, legend.names.index(name)] = 1
    table = index.table
    for name in ('fractions', 'grid_fractions'):
        rows = (getattr(index, name) @ shares).reshape(len(index), -1)
        place = table.column_names.index(name)
        table = table.set_column(place, name, pa.array(list(rows)))
    metadata = replace(index.metadata, legend=legend)
    return (
        KnowledgeIndex(index.path, table, metadata, index.scene_root),
        {name: values @ shares for name, values in predicted.items()},
    )


def extents(index: KnowledgeIndex) -> NDArray[np.float64]:
    """West, south, east and north of each patch in degrees (N, 4)."""
    return index.frame.geometry.bounds.to_numpy(np.float64)


def globe_section(layout: Layout, seen: Part, unseen: Part) -> Element:
    """What map and teacher have on the whole Earth, and their distance."""
    parts = {'trained on': seen, 'of the Americas, never seen': unseen}
    legend = seen[0].metadata.legend
    bounds = np.concatenate([extents(index) for index, _ in parts.values()])
    truth = np.concatenate([index.fractions for index, _ in parts.values()])
    read = np.concatenate([p['teacher'] for _, p in parts.values()])

    def globe(values: NDArray[np.int64], palette: NDArray[np.uint8],
              caption: str, note: str) -> Element:  # fmt: skip
        photograph = layout.earth / 'blue_marble.jpg'
        drawn = world_map(bounds, values, palette, photograph, BORDER)
        return picture(drawn[0], caption, drawn[1], note)

    largest = truth.argmax(axis=1), read.argmax(axis=1)
    key = [
        element(
            'li', swatch('#' + bytes(colour).hex()), f'from {percent(step)}'
        )
        for step, colour in zip(STEPS, HEAT, strict=True)
    ]
    tables = []
    for name, (index, predicted) in parts.items():
        mean = seen[0].fractions.mean(axis=0)
        sources = {
            **predicted,
            'always the mean': np.tile(mean, (len(index), 1)),
        }
        heading = element('h3', f'{len(index)} patches {name}')
        rows = agreement(index.fractions, sources, 'the map')
        tables.append(element('div', heading, rows))
    return section(
        'The land cover of the Earth, predicted from pixels',
        chips(legend, np.isin(range(len(legend.names)), largest)),
        element(
            'div',
            globe(largest[0], legend.palette, 'map',
                  'largest class in each patch of two degrees'),
            globe(largest[1], legend.palette, 'teacher',
                  'the same, predicted from the pixels'),
            class_='pair',
        ),
        element(
            'div',
            globe(steps(total_variation(truth, read)), HEAT, 'distance',
                  'share of the area in other classes'),
            class_='globe',
        ),
        element('ul', *key, class_='legend'),
        element('div', *tables, class_='pair'),
        lead='In the ten classes of the common legend; the networks learned '
        'the 17 of the map. Left of the black line they have seen nothing. '
        'Patches that reach into the sea are left out. Where map and teacher '
        'differ either may be wrong: three of four places of the map are '
        'right. In the far north the picture has snow where the map has '
        'grassland.',
    )  # fmt: skip


def zone_section(layout: Layout, task: Task, legend: Legend) -> Element:
    """The Americas put together from all test images of the segmentation."""
    index = KnowledgeIndex.open(layout.americas).kept()
    masks = layout.masks / 'masks' / 'val'
    names = sorted(path.stem for path in masks.glob('*.png'))
    # Files are named by the row of the index.
    rows = [int(name) for name in names]
    bounds = extents(index)[rows]
    extent = tuple(extents(index)[:, :2].min(axis=0)) + tuple(
        extents(index)[:, 2:].max(axis=0)
    )

    def together(pictures: Sequence[NDArray[np.uint8]]) -> NDArray[np.uint8]:
        small = [p[::COARSER, ::COARSER] for p in pictures]
        return mosaic(bounds, small, extent)

    def read(folder: Path) -> NDArray[np.uint8]:
        return together(
            [np.asarray(Image.open(folder / f'{n}.png')) for n in names]
        )

    truth = read(masks)
    photo = together([patch_image(index.record(row)) for row in rows])
    figures = [
        picture(photo, 'image'),
        picture(truth, 'truth', legend.palette),
    ]
    for start in STARTS:
        found = read(layout.predictions(task, start, 0))
        figures.append(
            picture(
                found,
                NAMES[start],
                legend.palette,
                percent(accuracy(found, truth)),
            )
        )
    return section(
        f'Climate zones of the Americas from {task.labels} labelled images',
        chips(legend),
        element('div', *figures, class_='pictures four'),
        lead=f'All {len(names)} test images, put where they lie, of seed 0. '
        'Empty squares are sea, coasts, and the places of the labelled '
        'images. Percent: pixels that are right.',
    )
