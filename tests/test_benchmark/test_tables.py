"""Tables of the documentation."""

import pandas as pd
import pytest

from geokr_mm.benchmark import pages
from geokr_mm.benchmark.results import read_results
from geokr_mm.benchmark.tables import markdown, mean_of_tasks, summarise
from geokr_mm.errors import InputError


def row(method, seed, value, task='classification', labels='20 per class'):
    """One run with the columns that a table reads."""
    return dict(
        protocol='probe',
        method=method,
        task=task,
        dataset='rsscn7',
        labels=labels,
        seed=str(seed),
        metric='accuracy',
        value=str(value),
    )


ROWS = [
    row('random', 0, 50.0),
    row('random', 1, 54.0),
    row('geokr', 0, 61.0),
    row('geokr', 0, 62.0),
    row('geokr', 0, 40.0, task='segmentation'),
]


def fill(page, rows):
    """As ``pages.fill``, from plain rows."""
    return pages.fill(page, pd.DataFrame(rows))


def cells_of(rows):
    """The filled cells of each setting."""
    found = summarise(pd.DataFrame(rows))
    return {
        key: {method: text for method, text in cells.items() if text}
        for key, cells in found.iterrows()
    }


def test_mean_and_spread_over_seeds_and_last_row_of_a_repeat():
    cells = cells_of(ROWS)
    key = ('classification', 'rsscn7', 'probe', '20 per class', 'accuracy')
    assert cells[key] == {'random': '52.0 ± 2.8 (2)', 'geokr': '62.0'}


def test_shares_have_more_digits_than_percentages():
    cells = cells_of([row('a', 0, 0.1234), row('a', 1, 0.1434)])
    assert list(cells.values()) == [{'a': '0.133 ± 0.014 (2)'}]
    (cells,) = cells_of([row('b', 0, 0.98765), row('c', 0, 1.25)]).values()
    assert cells == {'b': '0.988', 'c': '1.2'}


def test_spread_is_that_of_pretraining_where_there_are_several():
    draws = [
        row('a', f'{p}.{d}', 50 + 4 * p + d) for p in (0, 1) for d in (0, 2)
    ]
    assert list(cells_of(draws).values()) == [{'a': '53.0 ± 2.8 (2 x 2)'}]
    (one,) = cells_of(draws[:2]).values()
    assert one == {'a': '51.0 ± 1.4 (1 x 2)'}
    (uneven,) = cells_of(draws[:3]).values()
    assert uneven == {'a': '52.5 ± 2.1 (2 x 1 to 2)'}
    # A figure that no seed moves.
    same = [row('a', seed, 747.0) for seed in range(3)]
    assert list(cells_of(same).values()) == [{'a': '747.0'}]


def test_tests_without_labels_have_a_column_for_each_metric():
    found = [('a', 'tv', 0.2), ('a', 'kl', 5.0), ('b', 'tv', 0.4)]
    # One that lacks the metric which ranks is listed all the same.
    found.append(('c', 'kl', 3.0))
    rows = [
        {
            **row(method, 0, value, labels='none'),
            'protocol': 'S: held-out',
            'metric': metric,
        }
        for method, metric, value in found
    ]
    page = fill('<!-- results: S -->\n<!-- /results -->', rows)
    assert page.splitlines()[1:-1] == [
        'rsscn7, held-out:',
        '',
        '| method | tv | kl |',
        '| --- | --- | --- |',
        '| a | 0.200 | 5.0 |',
        '| b | 0.400 |  |',
        '| c |  | 3.0 |',
    ]


def test_settings_are_lines_and_methods_columns():
    lines = markdown(pd.DataFrame(ROWS)).splitlines()
    assert lines[0].endswith('| metric | random | geokr |')
    assert lines[2].endswith('| accuracy | 52.0 ± 2.8 (2) | 62.0 |')
    assert lines[3].endswith('| accuracy |  | 40.0 |')


def test_blocks_are_replaced_and_the_rest_is_left():
    page = 'a\n<!-- results: segmentation -->\nold\n<!-- /results -->\nb\n'
    filled = fill(page, ROWS)
    assert filled.startswith('a\n') and filled.endswith('b\n')
    assert 'old' not in filled and '40.0' in filled and '62.0' not in filled
    assert fill(filled, ROWS) == filled


def test_rows_of_a_protocol_have_a_block_of_their_own():
    rows = [*ROWS, {**row('byol', 0, 61.5), 'protocol': 'whole-earth: probe'}]
    page = '<!-- results: {} -->\n<!-- /results -->'
    own = fill(page.format('whole-earth'), rows)
    assert '61.5' in own and '62.0' not in own
    other = fill(page.format('classification'), rows)
    assert '61.5' not in other and '62.0' in other


def test_a_block_may_show_one_metric():
    rows = [row('a', 0, 3.0), {**row('a', 0, 9.0), 'metric': 'knn accuracy'}]
    rows = [{**one, 'protocol': 'S: probe'} for one in rows]
    page = '<!-- results: S: {} -->\n<!-- /results -->'
    filled = fill(page.format('knn accuracy'), rows)
    assert '| a | 9.0 |' in filled and '3.0' not in filled
    with pytest.raises(InputError, match='S: mIoU'):
        fill(page.format('mIoU'), rows)


def test_methods_of_a_protocol_are_lines_and_the_best_is_last():
    found = [('byol', 61.5, '5'), ('random', 45.0, '5'), ('byol', 70.0, '20')]
    rows = [
        {**row(m, 0, v, labels=n), 'protocol': 'whole-earth: probe'}
        for m, v, n in found
    ]
    page = fill('<!-- results: whole-earth -->\n<!-- /results -->', rows)
    assert page.splitlines()[1:-1] == [
        'rsscn7, probe, accuracy:',
        '',
        '| method | 5 | 20 |',
        '| --- | --- | --- |',
        '| random | 45.0 |  |',
        '| byol | 61.5 | 70.0 |',
    ]


def test_fewest_labels_stand_first_whichever_row_came_first():
    found = ['100 %', '5 %', '60', 'all', '2.5 %']
    rows = [
        {**row('byol', 0, 50.0, labels=n), 'protocol': 'S: probe'}
        for n in found
    ]
    page = fill('<!-- results: S -->\n<!-- /results -->', rows)
    head = '| method | 2.5 % | 5 % | 60 | 100 % | all |'
    assert page.splitlines()[3] == head


def test_more_draws_of_a_column_do_not_move_a_method_down():
    found = [('a', '0.0', 20, '5'), ('a', '0.0', 80, '20')]
    found += [('a', '0.1', 21, '5'), ('a', '0.2', 19, '5')]
    found += [('b', '0.0', 19, '5'), ('b', '0.0', 79, '20')]
    rows = [
        {**row(m, s, v, labels=n), 'protocol': 'S: probe'}
        for m, s, v, n in found
    ]
    page = fill('<!-- results: S -->\n<!-- /results -->', rows)
    assert page.splitlines()[-3:-1] == [
        '| b | 19.0 | 79.0 |',
        '| a | 20.0 ± 1.0 (1 x 3) | 80.0 |',
    ]


def test_tasks_are_averaged_where_a_method_and_seed_has_all():
    def tuned(method, seed, dataset, metric, value):
        return {
            **row(method, seed, value, labels='1 %'),
            'dataset': dataset,
            'metric': metric,
            'protocol': 'S: fine-tune',
        }

    rows = [
        tuned('geokr', '0.0', 'scenes', 'accuracy', 60.0),
        tuned('geokr', '0.1', 'scenes', 'accuracy', 70.0),
        tuned('geokr', '0.0', 'objects', 'coco/bbox_mAP_50', 0.3),
        tuned('byol', '0.0', 'scenes', 'accuracy', 60.0),
    ]
    assert mean_of_tasks(pd.DataFrame(rows)).splitlines() == [
        '| method | 1 % |',
        '| --- | --- |',
        '| geokr | 45.0 |',
    ]
    whole = rows + [tuned('geokr', '0.1', 'objects', 'coco/bbox_mAP_50', 0.4)]
    assert mean_of_tasks(pd.DataFrame(whole)).splitlines()[-1] == (
        '| geokr | 50.0 ± 7.1 (1 x 2) |'
    )
    assert mean_of_tasks(pd.DataFrame(rows[:2])) == ''
    page = fill('<!-- results: S -->\n<!-- /results -->', rows)
    assert 'mean of the fine-tuned tasks, %:' in page
    alone = fill('<!-- results: S-mean -->\n<!-- /results -->', rows)
    assert (
        alone.splitlines()[1:-1]
        == mean_of_tasks(pd.DataFrame(rows)).splitlines()
    )


def test_block_without_rows_is_named():
    with pytest.raises(InputError, match='snow'):
        fill('<!-- results: snow -->\n<!-- /results -->', ROWS)


def test_shipped_pages_are_up_to_date(repo):
    rows = read_results(repo / 'benchmarks' / 'results.csv')
    files = [repo / 'README.md', *(repo / 'docs').glob('*.md')]
    texts = [path.read_text(encoding='utf-8') for path in files]
    filled = [pages.fill(text, rows) for text in texts]
    assert filled == texts
    assert any('<!-- results: ' in text for text in texts)
