"""The demo's page, from the files that its steps wrote."""

from collections.abc import Sequence

import numpy as np

from geokr_mm.benchmark.results import read_rows
from geokr_mm.export.predict import read_fractions
from geokr_mm.geo.index.knowledge_index import KnowledgeIndex
from geokr_mm.geo.landcover.landcover import LandCover
from geokr_mm.visualization.chart import (
    line_chart,
    mean_and_spread,
    twin_chart,
)
from geokr_mm.visualization.choose import choose
from geokr_mm.visualization.classes import chips, percent
from geokr_mm.visualization.markup import Element, element
from geokr_mm.visualization.page import page, section, table
from geokr_mm.visualization.png import picture
from geokr_mm.visualization.report import (
    agreement,
    patch_views,
    place_section,
    taught_section,
)

from .curves import read_scalars, smooth
from .examples import choose_examples
from .plan import TASKS, Layout, plan, printable
from .results import Comparison, compare
from .step import read_stamp, seconds
from .truth import true_fractions, true_map

TITLE = 'What a land-cover map can teach a network'
INTRO = (
    'GeoKR pre-trains a backbone on images that nobody labelled. Their '
    'position is known, so a public land-cover map tells which share of each '
    'patch is forest, water or town. A student network learns to read these '
    'shares from the pixels; a teacher, the running average of past students, '
    "tempers what the map's age and resolution put wrong. The teacher's "
    'backbone then starts other tasks that have few labels. Here all of it '
    'ran on a small synthetic planet, where the truth is known.'
)


def demo_page(layout: Layout) -> str:
    """Write the page.

    Args:
        layout (Layout): Where the steps left their files.

    Returns:
        str: HTML.
    """
    index = KnowledgeIndex.open(layout.index)
    read = read_fractions(layout.checkpoint, layout.index)
    sections = [
        result_section(compare(layout), layout),
        example_section(layout, index),
        *knowledge_sections(layout, index, read),
        curve_section(layout),
        place_section(index),
        command_section(layout),
    ]
    return page(TITLE, INTRO, sections)


def result_section(found: Sequence[Comparison], layout: Layout) -> Element:
    """Table and bars of the comparison."""
    rows: list[list[Element | str | None]] = [
        [
            element(
                'span',
                c.task.title,
                element(
                    'small', f'{c.task.labels_title}, {c.task.metric_title}'
                ),
            ),
            mean_and_spread(c.values['random']),
            element('b', mean_and_spread(c.values['geokr'])),
            f'{c.gain:+.1f}',
        ]
        for c in found
    ]
    head = ['percent', 'random', 'GeoKR', 'gain']
    charts = [
        twin_chart(
            c.task.title,
            f'{c.task.metric_title}, %',
            [
                ('random', c.values['random'], 'plain'),
                ('GeoKR', c.values['geokr'], 'taught'),
            ],
        )
        for c in found
    ]
    return section(
        'Fine-tuning from few labels',
        table(head, rows, 'results'),
        element('div', *charts, class_='pair'),
        lead='Two twins for each task: the same network, labels, order of '
        'images, schedule and seeds. They differ in the weights they start '
        f'from. Mean ± standard deviation over seeds ({layout.seeds}), which '
        'also draw the labelled images; circles are single runs.',
    )


def knowledge_sections(
    layout: Layout, index: KnowledgeIndex, read: dict[str, np.ndarray]
) -> list[Element]:
    """Patches with map, networks and truth, and how far they are apart."""
    kept, meta = index.kept(), index.metadata
    truth_folder = layout.world / 'truth'
    product = LandCover.open(
        meta.product,
        [layout.world / 'landcover'],
        year=meta.product_year,
        legend=meta.legend.name,
    )
    truth = true_fractions(kept, truth_folder)
    best = read.get('teacher', read['student'])
    chosen = choose(kept.fractions, kept.frame['scene'].tolist(), best, each=6)
    views = {
        kind: patch_views(
            kept,
            rows,
            read,
            product,
            {
                i: ('truth', true_map(kept, i, truth_folder), truth[i])
                for i in rows
            },
        )
        for kind, rows in chosen.items()
    }
    lead = (
        f'The map is of {meta.product_year} and has 30 m cells; the images '
        'are younger and finer. The networks saw the shares on the map only, '
        'never the truth. Hover over a bar for its numbers.'
    )
    sources = {'map': kept.fractions, **read}
    return [
        taught_section(kept, chosen, views, lead),
        section(
            'Map, student and teacher against the truth',
            agreement(truth, sources, 'the truth'),
            lead=f'Means over all {len(kept)} patches that were trained on. '
            'The distance is the share of the area that would have to change '
            'its class. After minutes of training the networks are still '
            'coarser readers than the map that taught them.'
            if _closest(sources, truth) == 'map'
            else f'Means over all {len(kept)} patches that were trained on. '
            'The distance is the share of the area that would have to change '
            'its class.',
        ),
    ]


def _closest(sources: dict[str, np.ndarray], truth: np.ndarray) -> str:
    gaps = {k: float(np.abs(v - truth).sum()) for k, v in sources.items()}
    return min(gaps, key=lambda name: gaps[name])


def curve_section(layout: Layout) -> Element:
    """Losses over the pre-training."""
    logged = read_scalars(layout.pretrain)
    charts = []
    for name, title in (
        ('loss_knowledge', 'Knowledge loss'),
        ('loss_correction', 'Correction loss'),
        ('tv', 'Distance from the map (TV)'),
    ):
        if name in logged:
            charts.append(
                line_chart(
                    title,
                    logged['step'],
                    smooth(logged[name]),
                    'iteration',
                    band=logged[name],
                )
            )
    return section(
        'Pre-training',
        element('div', *charts, class_='charts'),
        lead='The knowledge loss pulls the student to the map, the '
        'correction loss to its teacher; the latter comes in over the first '
        'half of the run.',
    )


def example_section(layout: Layout, index: KnowledgeIndex) -> Element:
    """Segmentations of both twins."""
    task = next(t for t in TASKS if t.name == 'cover')
    data = layout.world / 'segmentation'
    legend = index.metadata.legend
    examples = choose_examples(
        data / 'images' / 'test',
        data / 'masks' / 'test',
        {s: layout.predictions(task, s, 0) for s in ('random', 'geokr')},
    )
    shown = np.zeros(len(legend.names), bool)
    for example in examples:
        for indices in (example.truth, *example.predicted.values()):
            shown[[k for k in np.unique(indices) if k < len(shown)]] = True
    cards = [
        element(
            'article',
            element('h3', example.kind),
            element(
                'div',
                picture(example.image, 'image'),
                picture(example.truth, 'truth', legend.palette),
                picture(
                    example.predicted['random'],
                    'random',
                    legend.palette,
                    percent(example.right['random']),
                ),
                picture(
                    example.predicted['geokr'],
                    'GeoKR',
                    legend.palette,
                    percent(example.right['geokr']),
                ),
                class_='pictures four',
            ),
            class_='card',
        )
        for example in examples
    ]
    return section(
        'Segmentation of test images',
        chips(legend, shown),
        element('div', *cards, class_='cards wide'),
        lead='Both twins of seed 0 after training on the same '
        f'{task.labels_title}. The images are not hand-picked: they stand at '
        'fixed ranks of the gain, from the largest to the smallest. Percent: '
        'pixels that are right.',
    )


def command_section(layout: Layout) -> Element:
    """How the page came about."""
    took = seconds(plan(layout), layout.stamps)
    lines: list[str | Element] = []
    for step in plan(layout):
        note = read_stamp(layout.stamps, step.name)
        when = f'{took[step.name]:.0f} s' if note else 'this page'
        lines.append(
            element('span', f'# {step.title}: {when}\n', class_='took')
        )
        lines += [f'$ {printable(command)}\n' for command in step.commands]
    row = read_rows(layout.results(TASKS[0]))[-1]
    facts = [
        ['versions', row['versions']],
        ['code', row['commit']],
        ['machine', row['machine']],
        ['backbone', f'sha256 {row["checkpoint_sha256"]}'],
        ['seeds', f'planet 0; fine-tuning 0 to {layout.seeds - 1}'],
    ]
    return section(
        'How this was made',
        element('pre', *lines),
        table(['', ''], facts, 'facts'),
        lead=f'{sum(took.values()):.0f} seconds of work up to this page. '
        'Each command can be run by itself.',
    )
