"""The demo's page, from the files that its steps wrote."""

from collections.abc import Sequence

from geokr_mm.benchmark.results import read_rows
from geokr_mm.export.predict import read_fractions
from geokr_mm.geo.index.knowledge_index import KnowledgeIndex
from geokr_mm.visualization.chart import (
    line_chart,
    mean_and_spread,
    twin_chart,
)
from geokr_mm.visualization.markup import Child, Element, element
from geokr_mm.visualization.page import page, section, table

from . import earth_page, planet_page
from .plan import Layout, plan, printable
from .results import Comparison, compare, read_scalars, smooth
from .run import seconds

TITLE = 'What a land-cover map can teach a network'
INTRO = (
    'GeoKR pre-trains a backbone on images without labels. Their position is '
    'known, so a public land-cover map gives the share of forest, water or '
    'town in each patch. A student network learns to predict these shares '
    'from the pixels; a teacher, the running average of past students, '
    "corrects what the map's age and resolution put wrong. The teacher's "
    'backbone then starts other tasks that have few labels. '
)
LOSSES = {
    'loss_knowledge': 'Knowledge loss',
    'loss_correction': 'Correction loss',
    'tv': 'Distance from the map (TV)',
}


def demo_page(layout: Layout) -> str:
    """The page as HTML."""
    index = KnowledgeIndex.open(layout.index)
    predicted = read_fractions(layout.checkpoint, layout.index)
    if layout.planet:
        intro = planet_page.INTRO
        own = planet_page.planet_sections(layout, index, predicted)
    else:
        intro = earth_page.INTRO
        own = earth_page.earth_sections(layout, index, predicted)
    sections = [
        result_section(compare(layout), layout),
        *own,
        curve_section(layout),
        command_section(layout),
    ]
    return page(TITLE, INTRO + intro, sections)


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
        'Two tasks from few labels',
        table(['percent', 'random', 'GeoKR', 'gain'], rows, 'results'),
        element('div', *charts, class_='pair'),
        lead='Two twins for each task: the same network, labels, settings '
        'and seeds. They differ in the weights they start from. Mean ± '
        f'standard deviation over seeds ({layout.seeds}), which also draw '
        'the labelled images; circles are single runs.',
    )


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
    row = read_rows(layout.results(layout.all_tasks()[0]))[-1]
    facts = [
        ['versions', row['versions']],
        ['code', row['commit']],
        ['machine', row['machine']],
        ['backbone', f'sha256 {row["checkpoint_sha256"]}'],
        ['seeds', f'pre-training 0; tasks 0 to {layout.seeds - 1}'],
    ]
    return section(
        'How this was made',
        element('pre', *lines),
        table(['', ''], facts, 'facts'),
        lead=f'{sum(took.values()):.0f} seconds of work up to this page. '
        'Each command can be run by itself.',
    )
