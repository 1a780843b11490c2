"""The demo's page, from the files that its steps wrote."""

from collections.abc import Sequence

import numpy as np
import rasterio
from rasterio.windows import Window

from geokr_mm.benchmark.ground_truth import GroundTruth
from geokr_mm.benchmark.results import read_rows
from geokr_mm.export.predict import read_fractions
from geokr_mm.geo.index.knowledge_index import KnowledgeIndex
from geokr_mm.visualization.chart import (
    line_chart,
    mean_and_spread,
    twin_chart,
)
from geokr_mm.visualization.classes import chips, percent
from geokr_mm.visualization.markup import Child, Element, element, picture
from geokr_mm.visualization.page import page, section, table
from geokr_mm.visualization.patch import NONE
from geokr_mm.visualization.report import (
    agreement,
    open_product,
    patch_section,
    place_section,
)

from .plan import TASKS, Layout, plan, printable
from .results import (
    STARTS,
    Comparison,
    choose_examples,
    compare,
    read_scalars,
    smooth,
)
from .run import seconds

TITLE = 'What a land-cover map can teach a network'
INTRO = (
    'GeoKR pre-trains a backbone on images without labels. Their position is '
    'known, so a public land-cover map gives the share of forest, water or '
    'town in each patch. A student network learns to predict these shares '
    'from the pixels; a teacher, the running average of past students, '
    "corrects what the map's age and resolution put wrong. The teacher's "
    'backbone then starts other tasks that have few labels. Here all of it '
    'ran on a small synthetic planet, where the truth is known.'
)
NAMES = {'random': 'random', 'geokr': 'GeoKR'}
LOSSES = {
    'loss_knowledge': 'Knowledge loss',
    'loss_correction': 'Correction loss',
    'tv': 'Distance from the map (TV)',
}


def demo_page(layout: Layout) -> str:
    """The page as HTML."""
    index = KnowledgeIndex.open(layout.index)
    predicted = read_fractions(layout.checkpoint, layout.index)
    sections = [
        result_section(compare(layout), layout),
        example_section(layout, index),
        *knowledge_sections(layout, index, predicted),
        curve_section(layout),
        place_section(index),
        command_section(layout),
    ]
    return page(TITLE, INTRO, sections)


def result_section(found: Sequence[Comparison], layout: Layout) -> Element:
    """Table and bars of the comparison."""
    rows: list[list[Child]] = []
    charts = []
    for c in found:
        task, values = c.task, c.values
        note = f'{task.labels_title}, {task.metric_title}'
        rows.append(
            [
                element('span', task.title, element('small', note)),
                mean_and_spread(values['random']),
                element('b', mean_and_spread(values['geokr'])),
                f'{c.gain:+.1f}',
            ]
        )
        bars = [
            ('random', values['random'], 'plain'),
            ('GeoKR', values['geokr'], 'taught'),
        ]
        charts.append(twin_chart(task.title, f'{task.metric_title}, %', bars))
    return section(
        'Fine-tuning from few labels',
        table(['percent', 'random', 'GeoKR', 'gain'], rows, 'results'),
        element('div', *charts, class_='pair'),
        lead='Two twins for each task: the same network, labels, order of '
        'images, schedule and seeds. They differ in the weights they start '
        f'from. Mean ± standard deviation over seeds ({layout.seeds}), which '
        'also draw the labelled images; circles are single runs.',
    )


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


def knowledge_sections(
    layout: Layout, index: KnowledgeIndex, predicted: dict[str, np.ndarray]
) -> list[Element]:
    """Patches with map, networks and truth, and how far they are apart."""
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
    return [
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
    ]


def curve_section(layout: Layout) -> Element:
    """Losses over the pre-training."""
    logged = read_scalars(layout.pretrain)
    charts = [
        line_chart(
            title,
            logged['step'],
            smooth(logged[name]),
            'iteration',
            band=logged[name],
        )
        for name, title in LOSSES.items()
        if name in logged
    ]
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
        {s: layout.predictions(task, s, 0) for s in STARTS},
    )
    shown = np.zeros(len(legend.names), bool)
    cards = []
    for example in examples:
        for indices in (example.truth, *example.predicted.values()):
            shown[[k for k in np.unique(indices) if k < len(shown)]] = True
        pictures = [
            picture(example.image, 'image'),
            picture(example.truth, 'truth', legend.palette),
        ]
        pictures += [
            picture(mask, NAMES[s], legend.palette, percent(example.right[s]))
            for s, mask in example.predicted.items()
        ]
        row = element('div', *pictures, class_='pictures four')
        heading = element('h3', example.kind)
        cards.append(element('article', heading, row, class_='card'))
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
    steps = plan(layout)
    took = seconds(steps, layout.stamps)
    lines: list[str | Element] = []
    for step in steps:
        when = f'{took[step.name]:.0f} s' if step.name in took else 'this page'
        title = f'# {step.title}: {when}\n'
        lines.append(element('span', title, class_='took'))
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
