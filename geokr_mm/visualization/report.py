"""A page on an index: fractions of the map and of the networks."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from geokr_mm.errors import InputError
from geokr_mm.geo.index.knowledge_index import KnowledgeIndex

from .page import page, section
from .sections import (
    agreement,
    facts_section,
    open_product,
    patch_section,
    place_section,
)


def index_page(
    path: str | Path,
    checkpoint: str | Path | None = None,
    land_cover: Sequence[str] = (),
    each: int = 6,
) -> str:
    """A page on one's own index, as HTML.

    Args:
        path (str | Path): The index.
        checkpoint (str | Path, optional): A pre-training checkpoint, to show
            what student and teacher predict. Defaults to None.
        land_cover (Sequence[str]): The product's files, for pictures of the
            map. Defaults to none: the cells stored in the index.
        each (int): Patches of each kind. Defaults to 6.

    Raises:
        InputError: If a file does not fit the others.
    """
    index = KnowledgeIndex.open(path)
    kept, meta = index.kept(), index.metadata
    if not len(kept):
        raise InputError(
            f'{path}: no patch passed the quality filters; see --no-filter '
            'of tools/build_index.py'
        )
    product = open_product(meta, path, land_cover)
    predicted: dict[str, np.ndarray] = {}
    if checkpoint is not None:
        from geokr_mm.export.predict import read_fractions

        predicted = read_fractions(checkpoint, path)
    lead = (
        'Each patch with the map in its footprint and the share of each '
        'class. Hover over a bar for its numbers.'
    )
    sections = [patch_section(kept, predicted, product, lead, each)]
    if predicted:
        sections.append(
            section(
                'Map and networks',
                agreement(kept.fractions, predicted, 'the map'),
                lead=f'Means over all {len(kept)} patches.',
            )
        )
    sections += [place_section(index), facts_section(meta, path)]
    intro = (
        f'{len(kept)} patches of unlabelled images, each with the share of '
        f'land-cover classes that the map ({meta.sources}) has in its '
        'footprint. GeoKR pre-trains a backbone on these fractions.'
    )
    return page(f'Class fractions of {Path(path).stem}', intro, sections)
