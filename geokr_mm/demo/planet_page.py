"""Sections of the demo's page that the synthetic planet has."""

import numpy as np
import rasterio
from rasterio.windows import Window

from geokr_mm.benchmark.ground_truth import GroundTruth
from geokr_mm.geo.index.knowledge_index import KnowledgeIndex
from geokr_mm.visualization.markup import Element
from geokr_mm.visualization.page import section
from geokr_mm.visualization.patch import NONE
from geokr_mm.visualization.report import (
    agreement,
    open_product,
    patch_section,
    place_section,
)

from .examples import example_section
from .plan import Layout

INTRO = (
    'Here all of it ran on a small synthetic planet, where the truth is known.'
)


def planet_sections(
    layout: Layout, index: KnowledgeIndex, predicted: dict[str, np.ndarray]
) -> list[Element]:
    """Examples; patches with map, networks and truth; where they lie."""
    kept, meta = index.kept(), index.metadata
    product = open_product(meta, layout.index, [layout.world / 'landcover'])
    truth = GroundTruth(kept, layout.world).fractions
    sources = {'map': kept.fractions, **predicted}
    gaps = {k: float(np.abs(v - truth).sum()) for k, v in sources.items()}
    lead = (
        f'Means over all {len(kept)} patches that were trained on. The '
        'distance is the share of the area that would have to change its '
        'class.'
    )
    if min(gaps, key=lambda name: gaps[name]) == 'map':
        lead += (
            ' After minutes of training the networks are still coarser than '
            'the map that they learnt from.'
        )
    labels = layout.world / 'segmentation'
    return [
        example_section(
            layout,
            next(t for t in layout.all_tasks() if t.name == 'cover'),
            labels / 'images' / 'test',
            labels / 'masks' / 'test',
            meta.legend,
        ),
        patch_section(
            kept,
            predicted,
            product,
            f'The map is of {meta.product_year} and has 30 m cells; the '
            'images are younger and finer. The networks saw the shares on '
            'the map only, never the truth. Hover over a bar for its numbers.',
            extra=lambda i: ('truth', true_map(kept, i, layout), truth[i]),
        ),
        section(
            'Map, student and teacher against the truth',
            agreement(truth, sources, 'the truth'),
            lead=lead,
        ),
        place_section(index),
    ]


def true_map(index: KnowledgeIndex, row: int, layout: Layout) -> np.ndarray:
    """True class indices of a patch (h, w), 255 where there is none."""
    record = index.record(row)
    path = layout.world / 'truth' / f'{record.scene}.tif'
    with rasterio.open(path) as source:
        codes = source.read(1, window=Window(*record.window))
    table = np.full(256, NONE, np.uint8)
    for k, entry in enumerate(index.metadata.legend.classes):
        table[entry.code] = k
    return table[codes]
