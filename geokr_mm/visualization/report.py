"""A page on an index: what the map says and what the networks read."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from geokr_mm.errors import InputError
from geokr_mm.geo.index.knowledge_index import KnowledgeIndex
from geokr_mm.geo.landcover.landcover import LandCover

from .chart import balance_chart
from .choose import choose
from .classes import chips, percent, title_of, total_variation
from .footprints import footprint_maps
from .markup import Element, element
from .page import page, section, table
from .patch import PatchView, patch_card
from .read import cell_map, cover_map, patch_image

KINDS = {
    'disputed': (
        'Disputed: map and network are furthest apart',
        'The map may be old or coarse here, or the network may be wrong.',
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


def patch_views(
    index: KnowledgeIndex,
    rows: Sequence[int],
    read: Mapping[str, np.ndarray],
    product: LandCover | None = None,
    extra: Mapping[int, tuple[str, np.ndarray, np.ndarray]] | None = None,
) -> list[PatchView]:
    """What to show of some patches.

    Args:
        index (KnowledgeIndex): The index, kept rows only.
        rows (Sequence[int]): Which patches.
        read (Mapping[str, np.ndarray]): Name to fractions (N, K) that a
            network reads.
        product (LandCover, optional): The map, for pictures of it. Defaults
            to None, the cells stored in the index.
        extra (Mapping, optional): Row to another source: its name, its map
            and its fractions (K, ).

    Returns:
        list[PatchView]: One for each row.
    """
    legend, views = index.metadata.legend, []
    for i in rows:
        record = index.record(i)
        line = index.frame.iloc[i]
        shown = (
            cell_map(index, i)
            if product is None
            else cover_map(record, product)
        )
        maps = [(f'map of {line["product_year"]}', shown)]
        bars = [('map', index.fractions[i])]
        bars += [(name, fractions[i]) for name, fractions in read.items()]
        if extra and i in extra:
            name, picture, fractions = extra[i]
            maps.append((name, picture))
            bars.append((name, fractions))
        leading = index.fractions[i].argmax()
        where = f'column {record.window.col}, row {record.window.row}'
        views.append(
            PatchView(
                title=f'{title_of(legend, int(leading))} '
                f'{percent(index.fractions[i].max())}',
                note=f'{record.scene} · {where} · {line["gsd"]:g} m a pixel',
                image=patch_image(record),
                maps=maps,
                bars=bars,
            )
        )
    return views


def taught_section(
    index: KnowledgeIndex,
    chosen: Mapping[str, Sequence[int]],
    views: Mapping[str, Sequence[PatchView]],
    lead: str,
) -> Element:
    """The section with the patches.

    Args:
        index (KnowledgeIndex): Gives the legend.
        chosen (Mapping): Kind of patch to rows, of :func:`choose`.
        views (Mapping): Kind of patch to what is shown.
        lead (str): Paragraph at the top.
    """
    legend = index.metadata.legend
    groups: list[Element] = []
    for kind, (heading, note) in KINDS.items():
        if chosen.get(kind):
            cards = (patch_card(view, legend) for view in views[kind])
            groups += [
                element('h3', heading, class_='group'),
                element('p', note, class_='note'),
                element('div', *cards, class_='cards'),
            ]
    return section('What was taught', chips(legend), *groups, lead=lead)


def place_section(index: KnowledgeIndex) -> Element:
    """Where the patches lie and how the classes share the area.

    Args:
        index (KnowledgeIndex): The whole index, rejected rows too.
    """
    legend, kept = index.metadata.legend, index.kept()
    frame = index.frame
    maps = footprint_maps(
        frame['scene'].tolist(),
        frame.geometry.tolist(),
        index.fractions,
        frame['keep'].to_numpy(bool),
        legend,
    )
    balance = balance_chart(
        kept.fractions.mean(axis=0),
        (kept.fractions >= 0.05).mean(axis=0),
        legend,
    )
    scenes = frame['scene'].nunique()
    return section(
        'Where the patches lie',
        element('div', element('div', maps), balance, class_='places'),
        lead=f'{len(kept)} of {len(index)} patches of {scenes} scenes passed '
        'the quality filters; the others are drawn hollow. Colours: the '
        'largest class in each footprint.',
    )


def agreement(
    fractions: np.ndarray, read: Mapping[str, np.ndarray], what: str
) -> Element:
    """How far the sources are from the map, over all patches.

    Args:
        fractions (np.ndarray): (N, K) on the map.
        read (Mapping): Name to fractions (N, K).
        what (str): What the distances are from.
    """
    rows = []
    for name, values in read.items():
        gaps = total_variation(values, fractions)
        same = (values.argmax(axis=1) == fractions.argmax(axis=1)).mean()
        rows.append([name, percent(float(gaps.mean())), percent(float(same))])
    return table(
        [
            f'distance from {what}',
            'area in other classes',
            'same largest class',
        ],
        rows,
    )


def index_page(
    path: str | Path,
    checkpoint: str | Path | None = None,
    land_cover: Sequence[str] = (),
    each: int = 6,
) -> str:
    """A page on one's own index.

    Args:
        path (str | Path): The index.
        checkpoint (str | Path, optional): A pre-training checkpoint, to show
            what student and teacher read. Defaults to None.
        land_cover (Sequence[str]): The product's files, for pictures of the
            map. Defaults to none: the cells stored in the index.
        each (int): Patches of each kind. Defaults to 6.

    Returns:
        str: HTML.

    Raises:
        InputError: If a file does not fit the others.
    """
    index = KnowledgeIndex.open(path)
    kept = index.kept()
    if not len(kept):
        raise InputError(
            f'{path}: no patch passed the quality filters; see --no-filter '
            'of tools/build_index.py'
        )
    meta = index.metadata
    product = None
    if land_cover and len(meta.maps) > 1:
        raise InputError(
            f'{path}: made from several maps ({meta.sources}), so one map '
            'cannot be shown beside its patches; leave out --land-cover'
        )
    if land_cover:
        product = LandCover.open(
            meta.product,
            list(land_cover),
            year=meta.product_year,
            legend=meta.legend.name,
        )
    read: dict[str, np.ndarray] = {}
    if checkpoint is not None:
        from geokr_mm.export.predict import read_fractions

        read = read_fractions(checkpoint, path)
    best = read.get('teacher', read.get('student'))
    scenes = kept.frame['scene'].tolist()
    chosen = choose(kept.fractions, scenes, best, each)
    views = {
        kind: patch_views(kept, rows, read, product)
        for kind, rows in chosen.items()
    }
    lead = (
        'Each patch with the map in its footprint and the share of each '
        'class. Hover over a bar for its numbers.'
    )
    sections = [taught_section(kept, chosen, views, lead)]
    if read:
        sections.append(
            section(
                'Map and networks',
                agreement(kept.fractions, read, 'the map'),
                lead=f'Means over all {len(kept)} patches.',
            )
        )
    sections.append(place_section(index))
    sections.append(
        section(
            'How it was made',
            element('pre', meta.command),
            table(
                ['', ''],
                [
                    ['index', str(Path(path).name)],
                    ['product', meta.sources],
                    ['legend', meta.legend.name],
                    ['bands', ', '.join(meta.bands)],
                    ['geokr_mm', meta.version],
                    ['inputs', meta.inputs_hash],
                ],
                'facts',
            ),
        )
    )
    title = f'What {Path(path).stem} teaches'
    intro = (
        f'{len(kept)} patches of unlabelled images, each with the share of '
        f'land-cover classes that the map ({meta.sources}) has '
        'in its footprint: the knowledge that GeoKR pre-trains a backbone on.'
    )
    return page(title, intro, sections)
