"""A page to browse an index: where, how much of what, what was left out."""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from geokr_mm.errors import InputError
from geokr_mm.geo.index.knowledge_index import KnowledgeIndex
from geokr_mm.geo.index.statistics import BINS, Overview, overview
from geokr_mm.geo.landcover.landcover import LandCover

from .bars import class_chart, columns, counted
from .choose import choose
from .classes import chips, colour, title_of
from .left_out import left_out
from .markup import Element, element
from .page import page, section
from .patch import patch_card, patch_views
from .report import facts_section, open_product
from .world_map import maps

SHARE_TICKS = [(0.0, '0'), (BINS / 2, '50 %'), (float(BINS), '100 %')]


def browse_page(
    path: str,
    land_cover: Sequence[str] = (),
    scene_root: str | None = None,
    samples: int = 12,
) -> str:
    """A page on an index of any size, as HTML.

    Args:
        land_cover (Sequence[str]): The product's files, for pictures of the
            map; by default the cells stored in the index are shown.
        scene_root (str, optional): Where the scenes lie if they moved.
        samples (int): Patches to show.

    Raises:
        InputError: No index, or an empty one.
    """
    index = KnowledgeIndex.open(path, scene_root)
    if not len(index):
        raise InputError(f'{path}: no rows; build the index again')
    product = open_product(index.metadata, path, land_cover)
    found = overview(index)
    meta = found.metadata
    intro = (
        f'{counted(found.rows)} patches of {counted(found.scenes)} '
        f'{"scene" if found.scenes == 1 else "scenes"} '
        f'with their class fractions on the map ({meta.sources}); '
        f'{counted(found.kept)} of them passed the quality filters.'
    )
    sections = [
        _places(found),
        _classes(found),
        _times(found),
        left_out(found, path),
        _samples(index, product, samples),
        facts_section(meta, path),
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
    shares = class_chart(
        found.after,
        [f'was {100 * share:.1f}' for share in found.before],
        legend,
        'kept patches; thin bar: all patches',
        found.before,
    )
    return section(
        'How much of what',
        element('div', shares, entropy, class_='pair'),
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
        keys = _periods(months)
        if len(keys[0]) == 4:
            years: Counter[str] = Counter()
            for month, count in months.items():
                years[month[:4]] += count
            months = years
        note = f'{counted(undated)} without one' if undated else ''
        counts = [months.get(k, 0) for k in keys]
        figures.append(columns('Dates', note, counts, _marks(keys), keys))
    sizes = [f'{size:g}' for size in found.gsd]
    figures.append(
        columns(
            'Ground sample distance',
            'metres a pixel',
            list(found.gsd.values()),
            _marks(sizes),
            [f'{size} m' for size in sizes],
        )
    )
    return section(
        'When and how sharp',
        element('div', *figures, class_='pair'),
        lead=None if months else 'No scene has a date.',
    )


def _periods(months: Iterable[str]) -> list[str]:
    """All months (or years, of many) from the first to the last one.

    Those that are missing between two others are gaps in the chart.
    """
    every = pd.period_range(min(months), max(months), freq='M').astype(str)
    if len(every) <= 72:
        return list(every)
    return list(dict.fromkeys(month[:4] for month in every))


def _marks(names: Sequence[str]) -> list[tuple[float, str]]:
    """Marks below the first, middle and last column."""
    chosen = sorted({0, len(names) // 2, len(names) - 1})
    return [(n + 0.5, names[n]) for n in chosen]


def _samples(
    index: KnowledgeIndex, product: LandCover | None, samples: int
) -> Element:
    kept, title = index.kept(), 'Sample patches'
    if not len(kept) or not samples:
        return section(title, element('p', 'None to show.', class_='note'))
    legend = index.metadata.legend
    scenes = kept.column('scene').tolist()
    chosen = choose(kept.fractions, scenes, None, -(-samples // 2))
    rows = np.array(sorted({r for some in chosen.values() for r in some}))
    few = kept.take(rows[:samples])
    cards, note = [], None
    for number in range(len(few)):
        try:
            (view,) = patch_views(few, [number], {}, product)
        except InputError as error:
            note = element('p', f'Not shown: {error}', class_='note')
            continue
        cards.append(patch_card(view, legend))
    return section(
        title,
        chips(legend),
        element('div', *cards, class_='cards'),
        note,
        lead='The purest patches of the commonest classes, and the most '
        'mixed ones, each with the map beside the image.',
    )
