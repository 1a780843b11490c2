"""Parts of the page from small arrays: content, numbers, well-formedness."""

import ast
import base64
import io
import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image
from shapely.geometry import box

from geokr_mm.errors import InputError
from geokr_mm.geo.core.raster import REASONS
from geokr_mm.geo.maps.legend import common_legend
from geokr_mm.geo.scenes.quality import FILTERS
from geokr_mm.visualization.bars import class_chart
from geokr_mm.visualization.chart import (
    line_chart,
    mean_and_spread,
    ticks,
    twin_chart,
)
from geokr_mm.visualization.choose import choose, top, typical
from geokr_mm.visualization.classes import (
    chips,
    fraction_bar,
    largest,
    total_variation,
)
from geokr_mm.visualization.footprints import footprint_maps
from geokr_mm.visualization.left_out import FILTER_TEXT, REASON_TEXT
from geokr_mm.visualization.markup import element, png_uri, write
from geokr_mm.visualization.page import page, save_page, section, table
from geokr_mm.visualization.patch import PatchView, patch_card

LEGEND = common_legend()
VOID = {'meta', 'img', 'br', 'link', 'input', 'hr'}


class Balance(HTMLParser):
    """Fails where an element is not closed by its own end tag."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.seen.append(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def parse(text: str) -> list[str]:
    parser = Balance()
    parser.feed(text)
    parser.close()
    assert parser.open == []
    return parser.seen


def decode(uri: str) -> Image.Image:
    assert uri.startswith('data:image/png;base64,')
    return Image.open(io.BytesIO(base64.b64decode(uri.split(',')[1])))


def shares(*pairs: tuple[str, float]) -> np.ndarray:
    values = np.zeros(len(LEGEND.names), np.float32)
    for name, value in pairs:
        values[LEGEND.names.index(name)] = value
    return values


def test_text_is_escaped_and_tails_are_kept():
    node = element(
        'p', 'a < b', element('b', '&'), ' after', None, class_='x', width=1.50
    )
    assert write(node) == (
        '<p class="x" width="1.5">a &lt; b<b>&amp;</b> after</p>'
    )


def test_image_survives_the_data_address():
    image = np.random.default_rng(0).integers(0, 255, (5, 4, 3), np.uint8)
    np.testing.assert_array_equal(np.asarray(decode(png_uri(image))), image)


def test_map_has_legend_colours_and_holes():
    indices = np.array([[0, 9], [255, 5]], np.uint8)
    rgba = np.asarray(decode(png_uri(indices, LEGEND.palette)).convert('RGBA'))
    np.testing.assert_array_equal(rgba[0, 0], [*LEGEND.classes[0].color, 255])
    np.testing.assert_array_equal(rgba[0, 1], [*LEGEND.classes[9].color, 255])
    np.testing.assert_array_equal(rgba[1, 1], [*LEGEND.classes[5].color, 255])
    assert rgba[1, 0, 3] == 0


@pytest.mark.parametrize(
    ('shape', 'palette'),
    [((4, 4), None), ((4, 4, 1), None), ((4, 4, 3), LEGEND.palette)],
)
def test_other_shapes_are_refused(shape, palette):
    with pytest.raises(ValueError, match='got'):
        png_uri(np.zeros(shape, np.uint8), palette)


def test_bar_parts_have_width_colour_and_number():
    bar = fraction_bar(shares(('forest', 0.75), ('snow_ice', 0.25)), LEGEND)
    parts = list(bar)
    assert [p.get('title') for p in parts] == ['forest 75 %', 'snow ice 25 %']
    assert parts[0].get('style') == 'width:75.0%;background:#006300'
    assert bar.get('aria-label') == 'forest 75 %, snow ice 25 %'


def test_largest_leaves_out_what_rounds_to_nothing():
    values = shares(('water', 0.7), ('forest', 0.297), ('tundra', 0.003))
    assert largest(values, 5) == [5, 1]


def test_total_variation_is_the_area_that_changes():
    one = shares(('forest', 0.6), ('water', 0.4))
    other = shares(('forest', 0.1), ('water', 0.4), ('artificial', 0.5))
    assert total_variation(one, other) == pytest.approx(0.5)
    assert total_variation(np.stack([one, one]), other).shape == (2,)


def test_card_has_classes_numbers_and_distance():
    view = PatchView(
        'forest 60 %',
        'scene <1>',
        np.zeros((8, 8, 3), np.uint8),
        [('map of 2010', np.ones((4, 4), np.uint8))],
        [
            ('map', shares(('forest', 0.6), ('water', 0.4))),
            ('teacher', shares(('forest', 0.35), ('water', 0.65))),
        ],
    )
    text = write(patch_card(view, LEGEND))
    parse(text)
    assert 'scene &lt;1&gt;' in text
    assert '25 % apart' in text
    assert text.count('<img') == 2
    for value in ('60 %', '40 %', '35 %', '65 %'):
        assert f'<td>{value}</td>' in text


@pytest.mark.parametrize(
    ('low', 'high', 'expected'),
    [
        (0, 10, [0, 5, 10]),
        (0, 61, [0, 20, 40, 60, 80]),
        (1.53, 1.61, [1.52, 1.54, 1.56, 1.58, 1.60, 1.62]),
        (-0.3, 0.3, [-0.4, -0.2, 0, 0.2, 0.4]),
        (2, 2, [2, 2.5]),
    ],
)
def test_ticks_are_round_and_span_the_range(low, high, expected):
    np.testing.assert_allclose(ticks(low, high), expected, atol=1e-12)


def test_curve_passes_through_its_values():
    x, y = np.array([0.0, 50.0, 100.0]), np.array([10.0, 0.0, 5.0])
    chart = line_chart('Loss', x, y, 'iteration')
    path = chart.find('.//path').get('d')
    points = np.array(
        [[float(v) for v in p.split()] for p in path[1:].split('L')]
    )
    # Ticks 0, 5 and 10 stand at these heights; the curve meets them.
    heights = {
        t.text: float(t.get('y')) - 3.5
        for t in chart.iter('text')
        if t.get('class') == 'tick end' and t.text != 'iteration'
    }
    np.testing.assert_allclose(
        points[:, 1], [heights['10'], heights['0'], heights['5']], atol=0.06
    )
    assert points[1, 0] - points[0, 0] == pytest.approx(
        points[2, 0] - points[1, 0], abs=0.11
    )
    assert '10 → 5' in write(chart)


def test_twin_bars_are_as_long_as_their_means():
    chart = twin_chart(
        'Scenes',
        '%',
        [('random', [20.0, 30.0], 'plain'), ('GeoKR', [45.0, 55.0], 'taught')],
    )
    widths = {
        r.get('class'): float(r.get('width')) for r in chart.iter('rect')
    }
    assert widths['mean taught'] == pytest.approx(
        2 * widths['mean plain'], rel=1e-3
    )
    assert len(list(chart.iter('circle'))) == 4
    assert '25.0 ± 7.1' in write(chart)


def test_mean_and_spread():
    assert mean_and_spread([1.0, 2.0, 3.0]) == '2.0 ± 1.0'
    assert mean_and_spread([4.25], 2) == '4.25'


def test_class_chart_lists_the_largest_class_first():
    values = shares(('water', 0.7), ('forest', 0.3))
    beside = [f'in {v:.0%}' for v in values]
    chart = class_chart(values, beside, LEGEND, 'note', values / 2)
    labels = [t.text for t in chart.iter('text')]
    assert labels[0] == 'water' and labels[1] == '70.0 %'
    assert labels[2] == 'forest' and labels[3] == '30.0 %'
    assert [t.text for t in chart.iter('tspan')][:2] == [
        '  in 70%',
        '  in 30%',
    ]
    widths = {
        kind: [
            float(r.get('width'))
            for r in chart.iter('rect')
            if r.get('class') == kind
        ]
        for kind in ('share', 'before')
    }
    assert widths['share'][1] == pytest.approx(
        3 / 7 * widths['share'][0], abs=0.02
    )
    assert widths['before'][0] == pytest.approx(
        widths['share'][0] / 2, abs=0.02
    )


def test_every_reason_to_leave_out_has_a_text():
    assert tuple(REASON_TEXT) == REASONS
    assert list(FILTER_TEXT) == list(FILTERS)
    assert all(REASON_TEXT.values()) and all(FILTER_TEXT.values())


def test_reasons_in_the_code_are_those_listed(repo):
    """A reason is the last argument of what makes the error."""
    raised, words = set(), set()
    for path in (repo / 'geokr_mm/geo').rglob('*.py'):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call):
                continue
            constants = {
                part.value
                for part in ast.walk(node)
                if isinstance(part, ast.Constant)
            }
            words |= constants
            name = getattr(node.func, 'id', '')
            last = node.args[-1] if node.args else None
            if name == 'UnusableFileError' and isinstance(last, ast.Constant):
                raised.add(last.value)
    assert raised and raised <= set(REASONS)
    assert set(REASONS) <= words


def test_footprints_one_drawing_a_scene():
    shapes = [box(10 + 0.1 * i, 50, 10.1 + 0.1 * i, 50.1) for i in range(4)]
    fractions = np.stack([shares(('water', 1)), shares(('forest', 1))] * 2)
    drawn = footprint_maps(
        ['a', 'a', 'b', 'b'],
        shapes,
        fractions,
        np.array([True, False, True, True]),
        LEGEND,
    )
    text = write(drawn)
    parse(text)
    assert len(list(drawn.iter('svg'))) == 2
    assert '50.05° N 10.10° E · 1 patches' in text
    assert '50.05° N 10.30° E · 2 patches' in text
    assert len(list(drawn.iter('path'))) == 4
    assert text.count('left-out') == 1


def test_footprints_stop_at_a_number_of_scenes():
    drawn = footprint_maps(
        list('abc'),
        [box(0, -1, 1, 0)] * 3,
        np.stack([shares(('water', 1))] * 3),
        np.ones(3, bool),
        LEGEND,
        most=2,
    )
    assert '1 more scenes not drawn.' in write(drawn)
    assert '0.50° S' in write(drawn)


def test_choice_takes_no_row_twice_and_spreads_over_scenes():
    rng = np.random.default_rng(1)
    fractions = rng.dirichlet(np.full(10, 0.3), 60).astype(np.float32)
    read = rng.dirichlet(np.full(10, 0.3), 60).astype(np.float32)
    scenes = [f's{i // 20}' for i in range(60)]
    chosen = choose(fractions, scenes, read, each=3)
    rows = sum(chosen.values(), [])
    assert len(rows) == len(set(rows)) == 12
    assert {scenes[i] for i in chosen['disputed']} == {'s0', 's1', 's2'}
    gaps = total_variation(fractions, read)
    for first in (0, 20, 40):
        (best,) = [i for i in chosen['disputed'] if first <= i < first + 20]
        scene = range(first, first + 20)
        free = [i for i in scene if i not in chosen['typical']]
        assert gaps[best] == gaps[free].max()
    for row in chosen['middle']:
        assert 0.2 < (gaps < gaps[row]).mean() < 0.8
    # Mixed ones leave the others out, and come in the order of entropy.
    spread = -(fractions * np.log(fractions)).sum(axis=1)
    taken = chosen['typical'] + chosen['disputed'] + chosen['middle']
    free = [i for i in range(60) if i not in taken]
    assert chosen['mixed'][0] == max(free, key=lambda i: spread[i])


def test_typical_is_the_purest_of_the_commonest_class():
    fractions = np.array([[0.6, 0.4], [0.9, 0.1], [0.2, 0.8]], np.float32)
    assert typical(fractions, 5) == [1, 2]


def test_top_fills_up_from_seen_scenes():
    score = np.array([3.0, 2.0, 1.0])
    assert top(score, ['a', 'a', 'b'], 2, set()) == [0, 2]
    assert top(score, ['a', 'a', 'b'], 3, {0}) == [1, 2]


def test_page_stands_alone(tmp_path):
    text = page(
        'Title & more',
        'Intro',
        [
            section('One', chips(LEGEND), lead='lead'),
            section('Two', table(['a', 'b'], [['x', '1.5']], 'facts')),
        ],
    )
    seen = parse(text)
    assert text.startswith('<!DOCTYPE html>\n<html lang="en">')
    assert 'Title &amp; more' in text
    names = (
        'cultivated', 'forest', 'grassland', 'shrubland', 'wetland', 'water',
        'tundra', 'artificial', 'bareland', 'snow ice',
    )  # fmt: skip
    assert re.findall(r'class="swatch" [^>]*></i>([^<]*)</li>', text) == [
        *names
    ]
    assert 'prefers-color-scheme: dark' in text
    assert 'width=device-width' in text
    assert not re.search(r'https?:|//[a-z]|url\(|@import|<script', text)
    assert seen.count('section') == 2 and 'link' not in seen
    save_page(tmp_path / 'deep' / 'page.html', text)
    assert (tmp_path / 'deep' / 'page.html').read_text() == text
    assert [p.name for p in (tmp_path / 'deep').iterdir()] == ['page.html']


def test_page_that_cannot_be_written_is_one_clear_line(tmp_path):
    (tmp_path / 'file').write_text('')
    with pytest.raises(InputError, match='cannot be written'):
        save_page(tmp_path / 'file' / 'page.html', 'text')


def test_svg_is_valid_xml():
    # As our own writer writes it, which browsers read as part of HTML.
    chart = line_chart(
        'a & b', np.arange(3.0), np.arange(3.0), 'x', np.ones(3)
    )
    text = write(chart)
    parse(text)
    svg = ElementTree.fromstring(re.search('<svg.*</svg>', text)[0])
    assert svg.get('aria-label') == 'a & b: from 0 to 2'
    paths = [path.get('d') for path in svg.iter('path')]
    assert [d.count('L') for d in paths] == [2, 2]
