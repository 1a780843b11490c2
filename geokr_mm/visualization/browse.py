"""A page to browse an index: where, how much of what, what was left out."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from geokr_mm.errors import InputError
from geokr_mm.geo.index.knowledge_index import KnowledgeIndex
from geokr_mm.geo.index.statistics import BINS, Overview, overview
from geokr_mm.geo.landcover.landcover import LandCover

from .bars import before_and_after, columns, counted
from .choose import choose
from .classes import chips, colour, title_of
from .left_out import left_out
from .markup import Element, element
from .page import page, section, table
from .patch import patch_card
from .report import patch_views
from .world_map import maps

SHARE_TICKS = [(0.0, '0'), (BINS / 2, '50 %'), (float(BINS), '100 %')]


def browse_page(
    path: str,
    land_cover: Sequence[str] = (),
    scene_root: str | None = None,
    samples: int = 12,
) -> str:
    """A page on an index of any size.

    Args:
        path (str): The index.
        land_cover (Sequence[str]): The product's files, for pictures of the
            map. Defaults to none: the cells stored in the index.
        scene_root (str, optional): Where the scenes lie if they moved.
        samples (int): Patches to show. Defaults to 12.

    Returns:
        str: HTML that needs no other file and no network.

    Raises:
        InputError: No index, or an empty one.
    """
    index = KnowledgeIndex.open(path, scene_root)
    if not len(index):
        raise InputError(f'{path}: no rows; build the index again')
    if land_cover and len(index.metadata.maps) > 1:
        raise InputError(
            f'{path}: made from several maps ({index.metadata.sources}), so '
            'one map cannot be shown beside its patches; leave out '
            '--land-cover'
        )
    found = overview(index)
    meta = found.metadata
    intro = (
        f'{counted(found.rows)} patches of {counted(found.scenes)} '
        f'{"scene" if found.scenes == 1 else "scenes"} '
        f'with what the map ({meta.sources}) knows about each; '
        f'{counted(found.kept)} of them passed the quality filters.'
    )
    sections = [
        _places(found),
        _classes(found),
        _times(found),
        left_out(found, path),
        _samples(index, land_cover, samples),
        _facts(found, path),
    ]
    return page(Path(path).stem, intro, sections)


def _places(found: Overview) -> Element:
    legend = found.metadata.legend
    shown = found.after > 0
    return section(
        'Where the patches lie',
        maps(found, legend),
        chips(legend, shown) if shown.any() else None,
    )


def _classes(found: Overview) -> Element:
    legend = found.metadata.legend
    order = [int(k) for k in np.argsort(-found.after, kind='stable')]
    names = [
        f'{100 * b // BINS} to {100 * (b + 1) // BINS} %' for b in range(BINS)
    ]
    small = [
        columns(
            title_of(legend, k),
            f'in {counted(found.kept - int(found.absent[k]))} patches',
            found.histograms[k],
            SHARE_TICKS,
            names,
            colour(legend, k),
            84.0,
        )
        for k in order
        if found.absent[k] < found.kept
    ]
    entropy = columns(
        'How mixed the patches are',
        'entropy of the fractions, of the most possible',
        found.entropy,
        SHARE_TICKS,
        names,
    )
    return section(
        'How much of what',
        element(
            'div',
            before_and_after(found.before, found.after, legend),
            entropy,
            class_='pair',
        ),
        element('h3', 'Patches by share of each class', class_='group'),
        element(
            'p',
            'Kept patches in which the class occurs, from little of it on '
            'the left to nothing else on the right.',
            class_='note',
        ),
        element('div', *small, class_='small-charts'),
    )


def _times(found: Overview) -> Element:
    months = {m: n for m, n in found.months.items() if m}
    undated = found.months.get('', 0)
    figures = []
    if months:
        # Months that are missing between two others are gaps in the chart.
        first, last = (
            int(m[:4]) * 12 + int(m[5:7]) - 1
            for m in (min(months), max(months))
        )
        keys = [f'{n // 12}-{n % 12 + 1:02d}' for n in range(first, last + 1)]
        if len(keys) > 72:
            years: dict[str, int] = {}
            for month, count in months.items():
                years[month[:4]] = years.get(month[:4], 0) + count
            keys = [str(y) for y in range(first // 12, last // 12 + 1)]
            months = years
        marks = sorted({0, len(keys) // 2, len(keys) - 1})
        figures.append(
            columns(
                'Dates',
                f'{counted(undated)} without one' if undated else '',
                [months.get(k, 0) for k in keys],
                [(m + 0.5, keys[m]) for m in marks],
                keys,
            )
        )
    sizes = list(found.gsd)
    marks = sorted({0, len(sizes) // 2, len(sizes) - 1})
    figures.append(
        columns(
            'Ground sample distance',
            'metres a pixel',
            list(found.gsd.values()),
            [(m + 0.5, f'{sizes[m]:g}') for m in marks],
            [f'{s:g} m' for s in sizes],
        )
    )
    lead = None if months else 'No scene tells its date.'
    return section(
        'When and how sharp',
        element('div', *figures, class_='pair'),
        lead=lead,
    )


def _samples(
    index: KnowledgeIndex, land_cover: Sequence[str], samples: int
) -> Element:
    kept = index.kept()
    if not len(kept) or not samples:
        return section(
            'Sample patches', element('p', 'None to show.', class_='note')
        )
    meta, product = index.metadata, None
    if land_cover:
        product = LandCover.open(
            meta.product, list(land_cover), meta.product_year,
            meta.legend.name,
        )  # fmt: skip
    chosen = choose(
        kept.fractions, kept.column('scene').tolist(), None, -(-samples // 2)
    )
    rows = np.array(sorted({r for some in chosen.values() for r in some}))
    few = kept.take(rows[:samples] if len(rows) > samples else rows)
    cards, failed = [], ''
    for number in range(len(few)):
        try:
            (view,) = patch_views(few, [number], {}, product)
        except InputError as error:
            failed = str(error)
            continue
        cards.append(patch_card(view, meta.legend))
    lead = (
        'The purest patches of the commonest classes, and the most mixed '
        'ones, each with the map beside the image.'
    )
    note = element('p', f'Not shown: {failed}', class_='note')
    return section(
        'Sample patches',
        chips(meta.legend),
        element('div', *cards, class_='cards'),
        note if failed else None,
        lead=lead,
    )


def _facts(found: Overview, path: str) -> Element:
    meta = found.metadata
    return section(
        'How it was made',
        element('pre', meta.command or 'not told'),
        table(
            ['', ''],
            [
                ['index', Path(path).name],
                ['product', meta.sources],
                ['legend', meta.legend.name],
                ['patches', f'{meta.patch_size} pixels, one every '
                 f'{meta.stride}'],
                ['bands', ', '.join(meta.bands)],
                ['stretch', str(meta.radiometry.get('mode'))],
                ['filters', ', '.join(meta.filters)],
                ['geokr_mm', meta.version],
                ['inputs', meta.inputs_hash],
            ],
            'facts',
        ),
    )  # fmt: skip
