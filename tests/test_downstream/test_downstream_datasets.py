"""Downstream datasets: what is in which split, and few labels."""

import pytest
from mmengine.dataset import BaseDataset

from geokr_mm.datasets import CloudPairs, FewLabels, SceneFolder
from geokr_mm.errors import InputError


def touch(*paths):
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b'')


@pytest.fixture
def scenes(tmp_path):
    touch(
        *(
            tmp_path / name / f'{i}.jpg'
            for name, n in (('b', 5), ('a', 6))
            for i in range(n)
        )
    )
    touch(tmp_path / 'a' / 'notes.txt')
    return tmp_path


def test_scene_folder_takes_turns(scenes):
    train = SceneFolder(str(scenes), split='train')
    test = SceneFolder(str(scenes), split='test')
    assert train.metainfo['classes'] == ('a', 'b')

    def content(dataset):
        return [
            (dataset[i]['img_path'][-7:], dataset[i]['gt_label'])
            for i in range(len(dataset))
        ]

    assert content(train) == [
        ('a/0.jpg', 0),
        ('a/2.jpg', 0),
        ('a/4.jpg', 0),
        ('b/0.jpg', 1),
        ('b/2.jpg', 1),
        ('b/4.jpg', 1),
    ]
    assert content(test) == [
        ('a/1.jpg', 0),
        ('a/3.jpg', 0),
        ('a/5.jpg', 0),
        ('b/1.jpg', 1),
        ('b/3.jpg', 1),
    ]
    assert len(SceneFolder(str(scenes))) == 11
    assert len(SceneFolder(str(scenes), split='train', every=3)) == 8
    assert train.get_cat_ids(5) == [1]


def test_scene_folder_errors(scenes, tmp_path):
    with pytest.raises(InputError, match='no such folder'):
        SceneFolder(str(tmp_path / 'none'))
    with pytest.raises(InputError, match='c: holds no images'):
        SceneFolder(str(scenes), classes=['a', 'c'])
    with pytest.raises(ValueError, match="split='half'"):
        SceneFolder(str(scenes), split='half')


def labels(few):
    return [few.get_data_info(i)['gt_label'] for i in range(len(few))]


def test_few_labels_per_class(scenes):
    inner = SceneFolder(str(scenes))
    few = FewLabels(inner, per_class=2, seed=3)
    assert labels(few) == [0, 0, 1, 1]
    assert few.indices == FewLabels(inner, per_class=2, seed=3).indices
    assert few.indices != FewLabels(inner, per_class=2, seed=4).indices
    assert few[3]['img_path'] == inner[few.indices[3]]['img_path']
    assert few.get_cat_ids(3) == [1]
    assert few.metainfo['classes'] == ('a', 'b')


def test_few_labels_by_share_and_count(scenes):
    inner = SceneFolder(str(scenes))
    assert labels(FewLabels(inner, share=0.5)) == [0, 0, 0, 1, 1]
    assert labels(FewLabels(inner, share=0.01)) == [0, 1]
    assert len(FewLabels(inner, count=7)) == 7
    assert len(FewLabels(inner)) == 11
    few = FewLabels(dict(type='geokr_mm.SceneFolder', data_root=str(scenes)))
    assert len(few) == 11


def test_few_labels_without_classes():
    class Plain(BaseDataset):
        def load_data_list(self):
            return [dict(number=i) for i in range(10)]

    assert len(FewLabels(Plain(), share=0.3)) == 3
    with pytest.raises(InputError, match='one class each'):
        FewLabels(Plain(), per_class=1)


def test_few_labels_errors(scenes):
    inner = SceneFolder(str(scenes))
    with pytest.raises(InputError, match='6 images of class 1.*there are 5'):
        FewLabels(inner, per_class=6)
    with pytest.raises(InputError, match='one of per_class'):
        FewLabels(inner, per_class=1, share=0.5)
    with pytest.raises(InputError, match='share=0'):
        FewLabels(inner, share=0.0)
    with pytest.raises(InputError, match='0 images of class 0'):
        FewLabels(inner, count=0)


def test_cloud_pairs_split_and_codes(tmp_path):
    for source in ('gf1', 'l1c'):
        touch(
            *(
                tmp_path / source / kind / f'{i}.png'
                for kind in ('img', 'mask')
                for i in range(4)
            )
        )
    both = {
        split: CloudPairs(str(tmp_path), split, sources=('gf1', 'l1c'))
        for split in ('train', 'test')
    }
    assert len(both['train']) == 6 and len(both['test']) == 2
    names = {
        split: {d[i]['img_path'] for i in range(len(d))}
        for split, d in both.items()
    }
    assert not names['train'] & names['test']
    row = both['test'][1]
    assert row['seg_map_path'].endswith('l1c/mask/3.png')
    assert row['label_map'] == {0: 0, 1: 1, 2: 1, 3: 0}


def test_cloud_pairs_errors(tmp_path):
    touch(*(tmp_path / 'gf1/img' / f'{i}.png' for i in range(2)))
    with pytest.raises(InputError, match=r'mask/1.png: the mask'):
        CloudPairs(str(tmp_path), 'test', sources=('gf1',))
    with pytest.raises(InputError, match='gf2/img: holds 0 images'):
        CloudPairs(str(tmp_path), 'test', sources=('gf2',))
    with pytest.raises(InputError, match='sources are gf1'):
        CloudPairs(str(tmp_path), 'test', sources=('gf9',))
