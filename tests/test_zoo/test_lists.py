"""Few labels: of each class, nested, the same for a seed, spread."""

import numpy as np
import pytest
from mmengine.dataset import BaseDataset

from geokr_mm.datasets import FewLabels, SceneFolder
from geokr_mm.errors import InputError
from geokr_mm.zoo.lists import first, orders, write_few_labels

LABELS = np.repeat([0, 1, 2], [30, 60, 110])
LINES = [f'{label}/{i:03d}.png {label}' for i, label in enumerate(LABELS)]


def content(folder, name):
    return (folder / name).read_text().splitlines()


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp('lists')
    assert write_few_labels(out, LINES, LABELS) == ['50 a class']
    return out


def test_lists_are_of_each_class_and_nested(folder):
    for seed in range(5):
        smaller = set()
        for count in (1, 5, 10, 20):
            lines = content(folder, f'{count}_a_class_seed{seed}.txt')
            labels = [int(line.split()[-1]) for line in lines]
            assert np.bincount(labels).tolist() == [count] * 3
            assert smaller < set(lines)
            smaller = set(lines)
        smaller = set()
        for share, counts in (
            (1, [1, 1, 1]),
            (5, [2, 3, 6]),
            (10, [3, 6, 11]),
            (20, [6, 12, 22]),
        ):
            lines = content(folder, f'{share}_percent_seed{seed}.txt')
            labels = [int(line.split()[-1]) for line in lines]
            assert np.bincount(labels).tolist() == counts
            assert smaller < set(lines)
            smaller = set(lines)


def test_lists_are_the_same_for_a_seed_and_others_for_another(
    folder, tmp_path
):
    write_few_labels(tmp_path, LINES, LABELS)
    name = '10_a_class_seed{}.txt'
    lists = [content(folder, name.format(seed)) for seed in range(5)]
    assert lists[1] == content(tmp_path, name.format(1))
    assert len({*map(tuple, lists)}) == 5


def test_places_take_turns():
    labels = np.zeros(100, np.int64)
    places = ['a'] * 80 + ['b'] * 15 + ['c'] * 5
    (order,) = orders(labels, 0, places)
    taken = [places[i] for i in order]
    assert all({*taken[i : i + 3]} == {*'abc'} for i in range(0, 15, 3))
    assert sorted(order) == [*range(100)]


def test_a_larger_share_holds_a_smaller_one():
    few, many = (first(orders(LABELS, 3), share) for share in (0.2, 0.5))
    assert {*few} < {*many}


def test_names_without_the_ending_of_images(tmp_path):
    """As mmsegmentation's data sets list them."""

    class Masked(BaseDataset):
        img_suffix = '.png'

        def load_data_list(self):
            return [dict(img_path=f'img/{i}/a.png') for i in range(20)]

    images = Masked(data_prefix=dict(img_path='img'))
    write_few_labels(tmp_path, [f'{i}/a' for i in range(20)], None)
    few = FewLabels(images, share=0.1, lists=str(tmp_path))
    assert few.indices == FewLabels(images, share=0.1).indices
    assert len(few) == 2


def test_images_with_several_labels_have_shares_only(tmp_path):
    write_few_labels(tmp_path, ['a', 'b', 'c'] * 10, None)
    assert len(content(tmp_path, '10_percent_seed0.txt')) == 3
    assert not list(tmp_path.glob('*a_class*'))


def test_a_data_set_takes_its_lists(tmp_path):
    for line in LINES:
        path = tmp_path / 'images' / line.split()[0]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    folder = tmp_path / 'lists'
    images = SceneFolder(
        str(tmp_path / 'images'),
        data_prefix=dict(img_path=str(tmp_path / 'images')),
    )
    lines = [line for line in LINES if not line.startswith('2')]
    write_few_labels(folder, lines, LABELS[:90], seeds=2)
    few = FewLabels(images, per_class=5, seed=1, lists=str(folder))
    assert len(few) == 10
    lines = content(folder, '5_a_class_seed1.txt')
    found = [few.get_data_info(i)['img_path'] for i in range(len(few))]
    assert [p.rpartition('images/')[2] for p in found] == [
        line.split()[0] for line in lines
    ]
    assert len(FewLabels(images, lists=str(folder))) == len(LINES)
    write_few_labels(tmp_path / 'all', LINES, LABELS)
    for wanted in (dict(per_class=5), dict(share=0.1)):
        stored = FewLabels(images, **wanted, lists=str(tmp_path / 'all'))
        assert stored.indices == FewLabels(images, **wanted).indices
    with pytest.raises(InputError, match='7_a_class_seed1.txt: no such list'):
        FewLabels(images, per_class=7, seed=1, lists=str(folder))
    (folder / '10_percent_seed0.txt').write_text('0/x.png 0\n')
    with pytest.raises(InputError, match='x.png 0.* is not in the training'):
        FewLabels(images, share=0.1, lists=str(folder))
