"""Mean and deviation of bands in an index, and those of another index."""

from dataclasses import replace

import numpy as np
import pytest
import rasterio

from geokr_mm.errors import InputError
from geokr_mm.geo import BuildOptions, KnowledgeIndex, build_index
from geokr_mm.geo.index.schema import IndexMetadata

NAMES = ('red', 'green', 'nir')


@pytest.fixture
def options(make_raster, tmp_path):
    """Counts of two scenes with empty parts, and a map."""
    rng = np.random.default_rng(4)
    codes = np.kron(rng.choice([10, 40], (32, 32)), np.ones((4, 4)))
    make_raster('map.tif', codes.astype(np.uint8), res=20.0)
    for name in 'ab':
        pixels = rng.integers(500, 6000, (3, 96, 96)).astype(np.uint16)
        pixels[:, :5, :7] = 0
        pixels[1, 40, 40] = 0
        make_raster(f'{name}.tif', pixels, nodata=0, descriptions=NAMES)
    return BuildOptions(
        scenes=(str(tmp_path / 'a.tif'), str(tmp_path / 'b.tif')),
        product='worldcover',
        land_cover=(str(tmp_path / 'map.tif'),),
        patch_size=32,
        year=2020,
        without=('dark',),
        out=str(tmp_path / 'i.parquet'),
    )


def test_they_are_those_of_the_valid_pixels_of_kept_patches(options):
    build_index(replace(options, scale=1e-4, offset=-0.1))
    index = KnowledgeIndex.open(options.out)
    kept = index.kept()
    assert len(kept)
    values = [[], [], []]
    for row in range(len(kept)):
        record = kept.record(row)
        with rasterio.open(record.files[0]) as source:
            window = rasterio.windows.Window(*record.window)
            pixels = source.read(window=window, masked=True).astype(float)
        for band in range(3):
            values[band].append(pixels[band].compressed() * 1e-4 - 0.1)
    about = index.metadata.values
    for band, parts in enumerate(values):
        flat = np.concatenate(parts)
        assert about['mean'][band] == pytest.approx(flat.mean(), rel=1e-12)
        assert about['std'][band] == pytest.approx(flat.std(), rel=1e-9)
    assert about['units'] == 'scaled values'
    assert about['stored_units'] == 'counts' and about['stats_from'] is None
    assert about['scale'] == [1e-4] * 3 and about['offset'] == [-0.1] * 3


def test_scenes_of_several_scales_have_none_in_common(options, tmp_path):
    table = tmp_path / 'scenes.csv'
    table.write_text('path,offset\na.tif,-1000\nb.tif,\n')
    build_index(replace(options, scenes=(str(table),)))
    about = KnowledgeIndex.open(options.out).metadata.values
    assert about['scale'] is None and about['offset'] is None
    assert about['units'] == 'counts'


def test_statistics_of_another_index(options, tmp_path):
    build_index(options)
    other = KnowledgeIndex.open(options.out).metadata
    second = replace(
        options,
        scenes=(str(tmp_path / 'b.tif'),),
        bands=('nir', 'red'),
        out=str(tmp_path / 'second.parquet'),
    )
    summary = build_index(replace(second, stats_from=options.out))
    assert f'deviation of the bands: {options.out}' in str(summary)
    found = KnowledgeIndex.open(second.out).metadata
    for values in ('physical', 'stretched'):
        assert found.band_statistics(values) == other.band_statistics(
            values, ('nir', 'red')
        )
    assert found.values['stats_from'] == dict(
        index='i.parquet', inputs_hash=other.inputs_hash
    )
    build_index(second)
    own = KnowledgeIndex.open(second.out).metadata
    assert own.values['mean'] != found.values['mean']
    # Other statistics, another fingerprint.
    assert own.inputs_hash != found.inputs_hash


def test_other_bands_or_units_are_refused_by_name(options, tmp_path):
    build_index(options)
    second = replace(
        options, out=str(tmp_path / 'second.parquet'), stats_from=options.out
    )
    with pytest.raises(
        InputError, match=r'i.parquet: no band x, y, z; it has'
    ):
        build_index(replace(second, band_names=('x', 'y', 'z')))
    with pytest.raises(InputError, match="'counts', those .* 'reflectance'"):
        build_index(replace(second, units='reflectance'))


def test_an_index_of_an_earlier_layout_is_read_and_named(options):
    build_index(options)
    metadata = KnowledgeIndex.open(options.out).metadata
    text = replace(metadata, values=None, schema=5).to_json()
    text = text.replace(b'"values": null, ', b'').replace(
        b', "values": null', b''
    )
    assert b'"values"' not in text
    old = IndexMetadata.from_json(text)
    assert (
        old.band_statistics('stretched')['mean'] == metadata.statistics['mean']
    )
    with pytest.raises(InputError, match='layout 5.*build it again'):
        old.band_statistics('physical')
