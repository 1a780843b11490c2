"""Tables, sentences and figures of the documentation."""

import re
import xml.etree.ElementTree as ET

import pandas as pd
import pytest

from geokr_mm.benchmark.pages import MARK, fill, update_page
from geokr_mm.benchmark.results import COLUMNS, read_results
from geokr_mm.errors import InputError


def rows(model, values, dataset='climate', shots='20', **more):
    """Rows of one seed and two draws each."""
    return [
        dict.fromkeys(COLUMNS, '')
        | dict(
            protocol='earth',
            start='random',
            model=model,
            images_seen='16000',
            pretraining_seed=str(seed),
            dataset=dataset,
            method='linear',
            shots=shots,
            seed=str(draw),
            metric_name='balanced_accuracy',
            metric_value=str(value + 10 * draw),
        )
        | more
        for seed, value in enumerate(values)
        for draw in range(2)
    ]


ROWS = pd.DataFrame(
    [
        *rows('simclr published', [50, 51, 52]),
        *rows('fractions', [53, 54, 55]),
        *rows('fractions', [40, 40, 40], shots='5'),
        *rows('random', [40, 60, 50]),
        *rows('fractions', [80], start='whitened'),
    ]
)
TABLE = '<!-- results: earth/random: climate, linear: simclr -->\n'


def filled(mark, kind, found=ROWS):
    """What stands between a mark and its end."""
    page = fill(f'a\n{mark}old<!-- /{kind} -->\nb\n', found)
    assert page.startswith(f'a\n{mark}')
    assert page.endswith(f'<!-- /{kind} -->\nb\n')
    assert fill(page, found) == page
    return page[len(mark) + 2 : -len(f'<!-- /{kind} -->\nb\n')]


def test_a_table_has_means_and_paired_differences_of_one_start():
    assert filled(TABLE, 'results').splitlines() == [
        '| model | images seen | seeds | 5 a class | 20 a class |',
        '| --- | --- | --- | --- | --- |',
        '| fractions | 16,000 | 3 | 45.0 | 59.0, **+3.0 [+3.0, +3.0]** |',
        '| random | 16,000 | 3 |  | 55.0, -1.0 [-10.0, +9.0] |',
        '| simclr published | 16,000 | 3 |  | 56.0 |',
    ]
    nothing = TABLE.replace('earth', 'eurosat')
    assert filled(nothing, 'results') == 'The runs are under way.\n'


def test_a_sentence_is_what_the_interval_allows():
    mark = '<!-- claim: earth/random: climate, linear, 20: {} -->'
    for models, words in (
        ('fractions, simclr', 'better than (+3.0 [+3.0, +3.0])'),
        ('simclr, fractions', 'worse than (-3.0 [-3.0, -3.0])'),
        ('random, simclr', 'level with (-1.0 [-10.0, +9.0])'),
    ):
        assert filled(mark.format(models), 'claim') == words
    with pytest.raises(InputError, match="no results for the block.*'byol"):
        fill(mark.format("'byol, simclr") + '<!-- /claim -->', ROWS)


def test_published_figures_stand_below_ours_with_their_images():
    found = pd.DataFrame(
        rows('fractions', [50, 54], 'eurosat', protocol='eurosat')
    )
    mark = '<!-- beside: eurosat/random: eurosat, linear, {}: fractions -->\n'
    lines = filled(mark.format(20), 'beside', found).splitlines()
    assert lines[2] == (
        '| fractions | east of 3 degrees, 64 px | 20 a class | '
        'balanced accuracy | 57.0 [50.0, 64.0] |'
    )
    spatial = [line for line in lines if 'test in the east' in line]
    assert len(spatial) == 3 and '/torchgeo-bench/' in spatial[0]
    assert spatial[1].endswith(' | linear, 16,200 images | accuracy | 67.2 |')
    # Those of other tests or numbers of labels are left out.
    text = '\n'.join(lines)
    assert '| 20 images a class' in text
    assert 'knn5' not in text and '| 5 images' not in text
    with pytest.raises(InputError, match='no results for the block.*linear'):
        fill(mark.format(50) + '<!-- /beside -->', found)


def test_the_page_lists_what_was_chosen():
    validated = pd.DataFrame(
        [
            *rows('simclr mild', [50, 50, 50], 'climate east'),
            *rows('simclr published', [40, 40, 40], 'climate east'),
            *rows('byol mild', [45, 45], 'climate east'),
        ]
    )
    made = filled('<!-- choices: earth/random -->\n', 'choices', validated)
    assert '| simclr | simclr mild | 55.0 | tested |' in made
    assert '| simclr | simclr published | 45.0 |  |' in made
    assert '| byol | byol mild | 50.0 | not yet chosen |' in made
    assert '| byol | byol published |  | not yet chosen |' in made
    made = filled('<!-- choices: earth/random -->\n', 'choices', ROWS)
    assert made.startswith('The runs are under way.\n')


def test_distances_are_a_table_of_metrics():
    shared = dict(protocol='labels', dataset='here', shots='', seed='')
    found = pd.DataFrame(
        [
            *rows('b', [0.2, 0.4], metric_name='tv', **shared)[::2],
            *rows('a', [0.1, 0.1], metric_name='tv', **shared)[::2],
            *rows('b', [7.0], metric_name='patches', **shared)[::2],
        ]
    )
    found['metric_value'] = found['metric_value'].str.replace('10.', '0.')
    assert filled('<!-- labels: here -->\n', 'labels', found).splitlines() == [
        '| model | tv | patches |',
        '| --- | --- | --- |',
        '| a | 0.100 | nan |',
        '| b | 0.300 ± 0.141 (2) | 7.0 |',
    ]
    with pytest.raises(InputError, match='no results for .*there'):
        fill('<!-- labels: there -->\n<!-- /labels -->', ROWS)


def test_wrong_marks_are_named():
    with pytest.raises(InputError, match='earth/random -->: is of another'):
        fill('<!-- results: earth/random -->\n<!-- /results -->', ROWS)


def test_a_figure_and_its_words(tmp_path):
    page = tmp_path / 'page.md'
    mark = (
        '<!-- figure: a/b.svg: earth+eurosat/random: linear, 20: '
        'simclr, fractions -->\n'
    )
    page.write_text(f'{mark}<!-- /figure -->\n')
    assert update_page(page, ROWS.iloc[:0], check=False)
    assert 'The runs are under way.' in page.read_text()
    assert update_page(page, ROWS, check=True)
    assert not (tmp_path / 'a').exists()
    assert update_page(page, ROWS, check=False)
    words = '![climate: simclr 56.0, fractions 59.0](a/b.svg)'
    assert words in page.read_text()
    image = tmp_path / 'a' / 'b.svg'
    assert ET.parse(image).getroot().tag.endswith('svg')
    assert not update_page(page, ROWS, check=True)
    image.unlink()
    assert update_page(page, ROWS, check=True)


def test_curves_and_the_labels_that_are_saved(tmp_path):
    # From 5 and 20 labels: half of the way up needs the middle of both.
    found = pd.DataFrame(
        [
            *rows('simclr', [40, 40], shots='5'),
            *rows('simclr', [50, 50], shots='20'),
            *rows('fractions', [45, 45], shots='5'),
            *rows('fractions', [60, 60], shots='20'),
        ]
    )
    mark = '<!-- saved: earth/random: linear: fractions, simclr -->\n'
    assert filled(mark, 'saved', found).splitlines()[2:] == [
        '| climate | 2.0 [2.0, 2.0] | ≥ 1.0 [1.0, 1.0] |'
    ]
    mark = mark.replace('fractions, simclr', 'simclr, fractions')
    assert filled(mark, 'saved', found).splitlines()[2:] == [
        '| climate | ≤ 1.0 [1.0, 1.0] | 0.4 [0.4, 0.4] |'
    ]
    assert filled(mark, 'saved', ROWS).splitlines()[:1] == [
        '| data set | 20 a class |'
    ]
    page = tmp_path / 'page.md'
    mark = '<!-- curves: c.svg: earth/random: linear: fractions, simclr -->'
    page.write_text(f'{mark}\n<!-- /curves -->\n')
    assert update_page(page, found, check=False)
    words = '![climate: fractions 50.0 to 65.0, simclr 45.0 to 55.0](c.svg)'
    assert words in page.read_text()
    text = (tmp_path / 'c.svg').read_text()
    assert not update_page(page, found, check=True)
    # The same numbers make the same file.
    (tmp_path / 'c.svg').unlink()
    update_page(page, found, check=False)
    assert (tmp_path / 'c.svg').read_text() == text


def test_single_figures_of_given_backbones():
    about = dict(shots='100 %', start='given')
    found = pd.DataFrame(
        [
            *rows('random', [0.1], **about)[:1],
            *rows('simclr', [0.25], **about)[:1],
            *rows('same', [0.25], **about)[:1],
        ]
    )
    mark = '<!-- results: earth/given: climate, linear: random -->\n'
    assert filled(mark, 'results', found).splitlines() == [
        '| model | seeds | 100 % of the labels |',
        '| --- | --- | --- |',
        '| random | 1 | 0.100 |',
        '| simclr | 1 | 0.250, +0.150 |',
        '| same | 1 | 0.250, +0.150 |',
    ]


def test_shipped_pages_are_up_to_date(repo):
    found = pd.concat(
        [
            read_results(repo / 'benchmarks' / f'{name}.csv')
            for name in ('results', 'zoo')
        ]
    )
    files = [repo / 'README.md', *(repo / 'docs').glob('*.md')]
    texts = [path.read_text(encoding='utf-8') for path in files]
    assert [fill(text, found) for text in texts] == texts
    assert any(MARK.search(text) for text in texts)


PAGES = [f'docs/{name}.md' for name in ('benchmark', 'results', 'zoo-results')]


def test_nothing_is_better_without_an_interval(repo):
    """Of methods; the tables write the word themselves."""
    for page in ('README.md', *PAGES):
        text = (repo / page).read_text(encoding='utf-8')
        assert not re.search(r'\b(better|best)\b', MARK.sub('', text)), page
