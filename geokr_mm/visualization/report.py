"""A page on an index, and the sections that other pages share."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from geokr_mm.errors import InputError
from geokr_mm.geo.index.knowledge_index import KnowledgeIndex
from geokr_mm.geo.index.schema import IndexMetadata
from geokr_mm.geo.landcover.landcover import LandCover

from .bars import class_chart
from .choose import choose
from .classes import chips, percent, total_variation
from .footprints import footprint_maps
from .markup import Element, element
from .page import page, section, table
from .patch import Extra, patch_card, patch_views

KINDS = {
    'disputed': (
        'Disputed: map and network are furthest apart',
        'The map may be old or coarse here, or the network may be wrong.',
    ),
    'middle': (
        'Middle: half of all patches are further apart than these',
        'What to expect of the network.',
    ),
    'mixed': (
        'Mixed: many classes in one patch',
        'One label could not describe these; fractions do.',
    ),
    'typical': (
        'Typical: the purest patch of the commonest classes',
        'Where map and image should agree.',
    ),
}


def open_product(
    meta: IndexMetadata, path: str | Path, files: Sequence[str | Path]
) -> LandCover | None:
    """The map of an index from its files; None where none are given.

    Raises:
        InputError: If the index was made from several maps.
    """
    if not files:
        return None
    if len(meta.maps) > 1:
        raise InputError(
            f'{path}: made from several maps ({meta.sources}), so one map '
            'cannot be shown beside its patches; leave out --land-cover'
        )
    return LandCover.open(
        meta.product, list(files), meta.product_year, meta.legend.name
    )


def patch_section(
    index: KnowledgeIndex,
    predicted: Mapping[str, np.ndarray],
    product: LandCover | None,
    lead: str,
    each: int = 6,
    extra: Extra | None = None,
) -> Element:
    """Patches of the four :data:`KINDS`, ``each`` at most of a kind.

    Other arguments as for :func:`patch_views`.
    """
    legend = index.metadata.legend
    best = predicted.get('teacher', predicted.get('student'))
    scenes = index.frame['scene'].tolist()
    chosen = choose(index.fractions, scenes, best, each)
    groups: list[Element] = []
    for kind, (heading, note) in KINDS.items():
        if chosen.get(kind):
            views = patch_views(index, chosen[kind], predicted, product, extra)
            cards = (patch_card(view, legend) for view in views)
            groups += [
                element('h3', heading, class_='group'),
                element('p', note, class_='note'),
                element('div', *cards, class_='cards'),
            ]
    title = 'Patches and their class fractions'
    return section(title, chips(legend), *groups, lead=lead)


def agreement(
    fractions: np.ndarray, predicted: Mapping[str, np.ndarray], what: str
) -> Element:
    """How far sources (N, K) are from the fractions (N, K) of ``what``."""
    rows = []
    for name, values in predicted.items():
        gaps = total_variation(values, fractions)
        same = (values.argmax(axis=1) == fractions.argmax(axis=1)).mean()
        rows.append([name, percent(float(gaps.mean())), percent(float(same))])
    head = [f'distance from {what}', 'area in other classes']
    return table([*head, 'same largest class'], rows)


def place_section(index: KnowledgeIndex) -> Element:
    """Where all patches lie and how the classes share the kept area."""
    legend, kept, frame = index.metadata.legend, index.kept(), index.frame
    maps = footprint_maps(
        frame['scene'].tolist(),
        frame.geometry.tolist(),
        index.fractions,
        frame['keep'].to_numpy(bool),
        legend,
    )
    present = (kept.fractions >= 0.05).mean(axis=0)
    balance = class_chart(
        kept.fractions.mean(axis=0),
        [f'in {percent(share)}' for share in present],
        legend,
        'and in how many patches it occurs',
    )
    return section(
        'Where the patches lie',
        element('div', element('div', maps), balance, class_='places'),
        lead=f'{len(kept)} of {len(index)} patches of '
        f'{frame["scene"].nunique()} scenes passed the quality filters; the '
        'others are drawn hollow. Colours: the largest class in each '
        'footprint.',
    )


def facts_section(meta: IndexMetadata, path: str | Path) -> Element:
    """How an index was made."""
    facts = [
        ['index', Path(path).name],
        ['product', meta.sources],
        ['legend', meta.legend.name],
        ['patches', f'{meta.patch_size} pixels, one every {meta.stride}'],
        ['bands', ', '.join(meta.bands)],
        ['stretch', str(meta.radiometry.get('mode'))],
        ['filters', ', '.join(meta.filters)],
        ['geokr_mm', meta.version],
        ['inputs', meta.inputs_hash],
    ]
    command = element('pre', meta.command or 'command not noted')
    return section('How it was made', command, table(['', ''], facts, 'facts'))


def index_page(
    path: str | Path,
    checkpoint: str | Path | None = None,
    land_cover: Sequence[str] = (),
    each: int = 6,
) -> str:
    """A page on one's own index, as HTML.

    Args:
        checkpoint (str | Path, optional): A pre-training checkpoint, to show
            what student and teacher predict.
        land_cover (Sequence[str]): The product's files, for pictures of the
            map; by default the cells stored in the index are shown.
        each (int): Patches of each kind.

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
