"""A file that was replaced is read anew, also by who had it open."""

import os

import numpy as np
import pytest

from geokr_mm.geo import BuildOptions, KnowledgeIndex, build_index, read_patch
from geokr_mm.geo.scenes.patch import pixel_checksums


@pytest.fixture
def options(make_raster, cover_codes, tmp_path):
    cover = make_raster('map.tif', cover_codes)
    return BuildOptions(
        (str(tmp_path / 's.tif'),), 'worldcover', (cover,), 32,
        str(tmp_path / 'i.parquet'), year=2021,
    )  # fmt: skip


@pytest.mark.parametrize('way', ['renamed over it', 'written in place'])
def test_pixels_are_those_of_the_file_that_is_there(
    options, make_raster, tmp_path, way
):
    rng = np.random.default_rng(7)
    one, other = rng.integers(20, 250, (2, 3, 32, 32)).astype(np.uint8)
    make_raster('s.tif', one)
    build_index(options)
    record = KnowledgeIndex.open(options.out).record(0)
    assert np.array_equal(read_patch(record), one)
    if way == 'renamed over it':
        os.replace(make_raster('new.tif', other), tmp_path / 's.tif')
    else:
        make_raster('s.tif', other)
        # Clocks of file systems are coarse.
        later = os.stat(tmp_path / 's.tif').st_mtime_ns + 10**9
        os.utime(tmp_path / 's.tif', ns=(later, later))
    assert np.array_equal(read_patch(record), other)
    build_index(options)
    record = KnowledgeIndex.open(options.out).record(0)
    assert list(record.crc32) == pixel_checksums(other)


def test_a_file_that_is_gone_is_missed(options, make_raster, tmp_path):
    pixels = np.arange(3 * 32 * 32).reshape(3, 32, 32).astype(np.uint8)
    make_raster('s.tif', pixels)
    build_index(options)
    record = KnowledgeIndex.open(options.out).record(0)
    assert np.array_equal(read_patch(record), pixels)
    (tmp_path / 's.tif').unlink()
    with pytest.raises(ValueError, match=r's\.tif: no such file'):
        read_patch(record)
