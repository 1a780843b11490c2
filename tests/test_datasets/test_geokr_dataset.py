"""The dataset against the index it reads."""

import pickle

import numpy as np
import pytest
import rasterio
from mmengine.registry import DefaultScope

from geokr_mm.errors import InputError
from geokr_mm.geo.index.knowledge_index import KnowledgeIndex
from geokr_mm.geo.scenes.patch import read_patch
from geokr_mm.registry import DATASETS

RGB = ['red', 'green', 'blue']


def build(index, **kwargs):
    """A dataset that loads and packs one view."""
    kwargs.setdefault(
        'pipeline',
        [
            dict(type='geokr_mm.LoadPatch'),
            dict(type='geokr_mm.PackKnowledgeInputs'),
        ],
    )
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        return DATASETS.build(
            dict(type='geokr_mm.GeoKRDataset', index=str(index), **kwargs)
        )


def test_pixels_and_knowledge_are_those_of_scene_and_index(tiny_index):
    index = KnowledgeIndex.open(tiny_index).kept()
    dataset = build(tiny_index)
    assert len(dataset) == len(index)
    for i in (0, len(index) - 1):
        record = index.record(i)
        col, row, width, height = record.window
        with rasterio.open(record.files[0]) as source:
            names = [d.lower() for d in source.descriptions]
            raw = source.read(
                [names.index(b) + 1 for b in record.bands],
                window=rasterio.windows.Window(col, row, width, height),
            )
        low = record.low[:, None, None]
        high = record.high[:, None, None]
        expected = np.clip((raw - low) / (high - low), 0, 1) * 255
        sample = dataset[i]
        got = sample['inputs'].numpy().astype(float)
        assert np.abs(got - expected).max() <= 1
        np.testing.assert_allclose(
            sample['data_samples'].class_fractions.numpy(),
            index.fractions[i],
            atol=1e-7,
        )


def test_bands_come_in_the_order_asked_for(tiny_index):
    rgb = build(tiny_index, bands=RGB)[0]['inputs']
    bgr = build(tiny_index, bands=RGB[::-1])[0]['inputs']
    assert np.array_equal(rgb.numpy(), bgr.numpy()[::-1])
    assert not np.array_equal(rgb.numpy(), bgr.numpy())


def test_subset_of_classes_is_renormalised(tiny_index):
    index = KnowledgeIndex.open(tiny_index).kept()
    classes = ['forest', 'cultivated']
    dataset = build(tiny_index, classes=classes)
    columns = [index.classes.index(c) for c in classes]
    assert dataset.metainfo['classes'] == tuple(classes)
    for i in range(len(dataset)):
        y = index.fractions[i, columns].astype(float)
        expected = y / y.sum() if y.sum() > 0 else y
        got = dataset.get_data_info(i)['class_fractions']
        np.testing.assert_allclose(got, expected, atol=1e-6)


def test_places_are_disjoint_and_complete(tiny_index):
    def names(**kwargs):
        data = build(tiny_index, place_degrees=0.05, val_share=0.5, **kwargs)
        return {data.get_data_info(i)['patch_id'] for i in range(len(data))}

    train, val = names(places='train'), names(places='val')
    assert train and val and not train & val
    assert train | val == names(places='all')


def test_rejected_patches_can_be_kept(tiny_index):
    def ids(**kwargs):
        data = build(tiny_index, **kwargs)
        return [data.get_data_info(i)['patch_id'] for i in range(len(data))]

    index = KnowledgeIndex.open(tiny_index)
    every, keep = index.column('patch_id'), index.column('keep')
    assert not keep.all()
    assert ids(keep_only=False) == list(every)
    assert ids() == list(every[keep])


def test_dataset_travels_to_workers_after_a_read(tiny_index):
    dataset = build(tiny_index)
    first = dataset[0]['inputs']
    copy = pickle.loads(pickle.dumps(dataset))
    assert np.array_equal(copy[0]['inputs'].numpy(), first.numpy())


def test_cache_returns_fresh_equal_copies(tiny_index):
    dataset = build(tiny_index, pipeline=[dict(type='geokr_mm.LoadPatch')])
    first = dataset[0]['img']
    kept = first.copy()
    first[:] = 0
    assert np.array_equal(dataset[0]['img'], kept)


def test_values_are_numbers_as_the_scene_scales_them(tiny_index_4band):
    dataset = build(tiny_index_4band, values='physical', bands=['nir', 'red'])
    meta = KnowledgeIndex.open(tiny_index_4band).metadata
    assert dataset.card['units'] == meta.values['units']
    assert dataset.card['band_std'] == [
        meta.values['std'][meta.bands.index(band)] for band in ('nir', 'red')
    ]
    record = dataset.get_data_info(0)['record']
    for _ in range(2):
        got = dataset[0]['inputs'].numpy()
        raw = read_patch(record).astype(float)
        values = raw * record.scale[:, None, None]
        values += record.offset[:, None, None]
        assert got.dtype == np.float32
        np.testing.assert_allclose(got, values, rtol=1e-6)


def test_card_names_the_knowledge(tiny_index):
    card = build(tiny_index, bands=RGB).card
    meta = KnowledgeIndex.open(tiny_index).metadata
    assert card['bands'] == RGB and card['product'] == 'globeland30'
    assert card['index_hash'] == meta.inputs_hash
    assert card['legend'] == list(meta.legend.names)
    places = [meta.bands.index(band) for band in RGB]
    assert card['band_mean'] == [meta.statistics['mean'][p] for p in places]
    assert card['band_std'] == [meta.statistics['std'][p] for p in places]
    index = KnowledgeIndex.open(tiny_index).kept()
    assert card['bbox'][0] == index.column('lon').min()
    assert card['bbox'][3] == index.column('lat').max()
    assert card['dates'] is None or card['dates'] == sorted(card['dates'])


@pytest.mark.parametrize(
    ('kwargs', 'words'),
    [
        (dict(bands=['red', 'swir1']), ['swir1', 'red, green, blue']),
        (dict(classes=['forest', 'mangrove']), ['mangrove', 'num_classes']),
        (dict(places='val', val_share=0.0), ['no patch left']),
        (dict(values='raw'), ['physical', 'raw']),
        (dict(places='test'), ['places', 'test']),
    ],
)
def test_bad_settings_name_value_and_cure(tiny_index, kwargs, words):
    with pytest.raises(InputError) as caught:
        build(tiny_index, **kwargs)
    assert all(word in str(caught.value) for word in words)


def packed(*keys):
    """A pipeline that packs further keys."""
    return dict(
        pipeline=[
            dict(type='geokr_mm.LoadPatch'),
            dict(type='geokr_mm.PackKnowledgeInputs', keys=keys),
        ]
    )


def test_places_are_those_of_the_index(tiny_index):
    frame = KnowledgeIndex.open(tiny_index).kept().frame
    dataset = build(tiny_index, **packed('lonlat', 'row'))
    i = len(dataset) - 1
    sample, row = dataset[i]['data_samples'], frame.iloc[i]
    assert sample.lonlat.tolist() == [row['lon'], row['lat']]
    assert sample.row.tolist() == [i]
    some = build(tiny_index, indices=3)
    np.testing.assert_array_equal(
        some.places_in_use(), frame[['lon', 'lat']].to_numpy()[:3]
    )


def test_confidence_and_change_come_with_the_label(tiny_index):
    index = KnowledgeIndex.open(tiny_index).kept()
    keys = ('confidence', 'disagreement', 'change')
    dataset = build(tiny_index, **packed(*keys))
    soft = build(tiny_index, soft_labels=True)
    for i in (0, len(index) - 1):
        sample = dataset[i]['data_samples']
        assert sample.confidence.item() == index.confidence[i] > 0
        assert sample.disagreement.item() == index.disagreement[i]
        assert sample.change.item() == index.change[i] == 0
        # One map: its soft label is its label.
        assert np.array_equal(
            soft.get_data_info(i)['class_fractions'],
            dataset.get_data_info(i)['class_fractions'],
        )
