"""Scenes that changed since the index was built, met in training."""

import shutil

import numpy as np
import pytest
import rasterio

from geokr_mm.datasets.bad_patches import BadPatches
from geokr_mm.errors import InputError
from geokr_mm.geo.core.raster import UnusableFileError
from geokr_mm.geo.index.knowledge_index import KnowledgeIndex
from geokr_mm.geo.scenes.windowed_read import open_file

from .test_geokr_dataset import build


@pytest.fixture
def damaged(tiny_index, tmp_path):
    """A copy of the tiny planet; two patches changed so that they decode."""
    index = KnowledgeIndex.open(tiny_index).kept()
    shutil.copytree(tiny_index.parent / 'scenes', tmp_path / 'scenes')
    shutil.copy(tiny_index, tmp_path / 'index.parquet')
    for row in (0, 3):
        record = index.record(row)
        (name,) = (f.rsplit('/', 1)[1] for f in record.files)
        (path,) = (tmp_path / 'scenes').rglob(name)
        with rasterio.open(path, 'r+') as scene:
            pixels = scene.read()
            pixels[:, record.window.row, record.window.col] ^= 1
            scene.write(pixels)
    open_file.cache_clear()
    return tmp_path / 'index.parquet'


def bad_rows(dataset):
    """Rows whose pixels are not those of the index, by reading each."""
    found = []
    for i in range(len(dataset)):
        try:
            dataset._bad.__class__('x', 1, 0.0).read(
                i, super(type(dataset), dataset).prepare_data
            )
        except UnusableFileError as error:
            found.append(i)
            assert error.reason == 'checksum'
    return found


def test_changed_pixels_stop_the_run_or_are_replaced(damaged):
    strict = build(damaged)
    bad = bad_rows(strict)
    assert bad == [0, 3]
    with pytest.raises(UnusableFileError, match='other pixels than'):
        strict[bad[0]]
    one, two = (build(damaged, max_bad_fraction=0.9) for _ in range(2))
    order = np.random.default_rng(0).permutation(len(one))
    first = {i: one[i]['data_samples'].patch_id for i in range(len(one))}
    second = {int(i): two[i]['data_samples'].patch_id for i in order}
    # The same substitutes in any order of reading, never a bad patch.
    assert first == second
    names = [strict.get_data_info(i)['patch_id'] for i in range(len(strict))]
    spoilt = {names[i] for i in bad}
    assert not spoilt & set(first.values())
    good = [i for i in range(len(one)) if i not in bad]
    assert all(first[i] == names[i] for i in good)
    assert set(one._bad.met) == set(bad)


def test_more_bad_patches_than_tolerated_stop_the_run(damaged):
    dataset = build(damaged, max_bad_fraction=0.001)
    bad = bad_rows(dataset)
    with pytest.raises(InputError, match='more than max_bad_fraction=0.001'):
        dataset[bad[0]]


def test_verification_can_be_left_out(damaged):
    pipeline = [
        dict(type='geokr_mm.LoadPatch', verify=False),
        dict(type='geokr_mm.PackKnowledgeInputs'),
    ]
    careless = build(damaged, pipeline=pipeline)
    assert bad_rows(careless) == []


def test_substitutes_are_told_by_the_number_alone():
    def fails_on(bad):
        def read(n):
            if n in bad:
                raise UnusableFileError(f'{n}', 'f', 'damaged')
            return n

        return read

    reader = BadPatches('i', 100, 0.5)
    chosen = [reader.read(n, fails_on({3, 4, 5})) for n in (3, 4, 5, 6)]
    again = BadPatches('i', 100, 0.5)
    assert chosen == [again.read(n, fails_on({3, 4, 5})) for n in (3, 4, 5, 6)]
    assert chosen[3] == 6 and not {3, 4, 5} & set(chosen)
    assert len(set(chosen)) == 4
    with pytest.raises(InputError, match='51 of 100 patches cannot be read'):
        for n in range(100):
            again.read(n, fails_on(set(range(100))))
