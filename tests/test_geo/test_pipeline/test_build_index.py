"""From scenes and a product to an index that others read."""

import json
import pickle
import shutil
import subprocess
import sys

import geopandas
import numpy as np
import pyarrow.parquet as pq
import pytest
import rasterio
import shapely

from geokr_mm.errors import InputError
from geokr_mm.geo import (
    BuildOptions,
    KnowledgeIndex,
    LandCover,
    build_index,
    read_patch,
    stretch,
)
from geokr_mm.geo.index.schema import IndexMetadata
from geokr_mm.geo.pipeline.cli import main
from geokr_mm.geo.scenes.windowed_read import open_file
from geokr_mm.version import __version__


@pytest.fixture
def inputs(make_raster, cover_codes):
    """A scene of 3 x 4 patches of 32 px and a map of its place."""
    rng = np.random.default_rng(5)
    pixels = rng.integers(2000, 9000, (4, 100, 130)).astype(np.uint16)
    pixels[:, :32, :32] = 300  # a dark, flat corner
    pixels[:, 32:64, 32:64] = 0  # an empty patch
    scene = make_raster(
        'scenes/s_20210703.tif',
        pixels,
        nodata=0,
        descriptions=('blue', 'green', 'red', 'nir'),
    )
    cover = make_raster(
        'cover/ESA_WorldCover_10m_2021_v200_N45E014_Map.tif', cover_codes
    )
    return scene, cover


def options(inputs, out, **changes):
    scene, cover = inputs
    values = dict(
        scenes=(scene,),
        product='worldcover',
        land_cover=(cover,),
        patch_size=32,
        out=str(out),
        grid=2,
    )
    return BuildOptions(**{**values, **changes})


@pytest.fixture
def index(inputs, tmp_path):
    build_index(options(inputs, tmp_path / 'i.parquet'), 'made so')
    return KnowledgeIndex.open(tmp_path / 'i.parquet')


def test_geopandas_reads_it(index, tmp_path):
    frame = geopandas.read_parquet(tmp_path / 'i.parquet')
    assert len(frame) == 12 == len(index)
    assert frame.crs.to_epsg() == 4326
    row = frame.iloc[5]
    assert row['patch_id'] == 's_20210703_32_32'
    assert (row['col_off'], row['row_off']) == (32, 32)
    assert (row['width'], row['height']) == (32, 32)
    assert row['date'] == '2021-07-03' and row['gsd'] == 10.0
    assert row['crs'] == 'EPSG:32633'
    assert list(row['bands']) == ['blue', 'green', 'red', 'nir']
    assert row['product'] == 'worldcover' and row['product_year'] == 2021
    assert list(row['files']) == ['scenes/s_20210703.tif']
    assert row['geometry'].contains(shapely.Point(row['lon'], row['lat']))
    side = row['geometry'].bounds[3] - row['geometry'].bounds[1]
    assert side == pytest.approx(320 / 111_000, rel=0.05)
    dtypes = {
        'col_off': 'int32', 'valid_fraction': 'float32', 'dark': 'float32',
        'keep': 'bool', 'lon': 'float64',
    }  # fmt: skip
    assert {k: str(frame[k].dtype) for k in dtypes} == dtypes


def test_fractions_are_those_of_the_product(index, inputs):
    cover = LandCover.open('worldcover', inputs[1])
    x, y = np.meshgrid(np.arange(4), np.arange(3))
    left = 500000 + 320.0 * x.ravel()
    top = 5100000 - 320.0 * y.ravel()
    corners = np.stack(
        [
            np.stack([left, top], 1),
            np.stack([left + 320, top], 1),
            np.stack([left + 320, top - 320], 1),
            np.stack([left, top - 320], 1),
        ],
        1,
    )
    whole = cover.fractions(corners, 'EPSG:32633')[:, 0]
    cells = cover.fractions(corners, 'EPSG:32633', grid=2)
    assert (index.fractions == whole).all()
    assert (index.grid_fractions.reshape(12, 4, 10) == cells).all()
    assert index.grid_fractions.shape == (12, 2, 2, 10)
    assert (index.grid_valid == 1).all() and (index.valid_fraction == 1).all()
    assert np.allclose(index.fractions.sum(axis=1), 1, atol=1e-6)
    assert index.fractions.dtype == np.float32


def test_verdicts_are_stored_and_kept_rows_chosen(index):
    frame = index.frame
    assert list(frame['verdicts'][0]) == ['dark', 'low_contrast']
    assert list(frame['verdicts'][5]) == ['nodata', 'dark', 'low_contrast']
    assert frame['image_nodata'][5] == 1.0
    assert frame['keep'].sum() == 10 == len(index.kept())
    assert index.kept().frame['keep'].all()


def test_metadata(index):
    meta = index.metadata
    assert (meta.product, meta.product_year) == ('worldcover', 2021)
    assert (meta.grid, meta.patch_size, meta.stride) == (2, 32, 32)
    assert meta.bands == ('blue', 'green', 'red', 'nir')
    assert meta.version == __version__ and meta.command == 'made so'
    assert meta.legend.name == 'common' and index.classes[0] == 'cultivated'
    assert index.palette.shape == (10, 3)
    assert set(meta.filters) == {
        'nodata', 'dark', 'low_contrast', 'cloud', 'shadow', 'sea',
        'uncovered',
    }  # fmt: skip


def test_statistics_are_those_of_the_kept_patches(index):
    kept = index.kept()
    images = []
    for n in range(len(kept)):
        record = kept.record(n)
        images.append(stretch(read_patch(record), record.low, record.high))
    values = np.stack(images).astype(np.float64)
    found = index.metadata.statistics
    assert np.allclose(found['mean'], values.mean(axis=(0, 2, 3)))
    assert np.allclose(found['std'], values.std(axis=(0, 2, 3)))


def test_records_read_their_pixels(index, inputs):

    record = pickle.loads(pickle.dumps(index.record(6)))
    with rasterio.open(inputs[0]) as source:
        pixels = source.read()[:, 32:64, 64:96]
    assert (read_patch(record) == pixels).all()
    assert (read_patch(record, ['nir', 'red']) == pixels[[3, 2]]).all()
    assert np.array_equal(record.fractions, index.fractions[6])
    assert record.grid_fractions.shape == (2, 2, 10)
    with pytest.raises(InputError, match="'swir'.*blue, green, red, nir"):
        read_patch(record, ['swir'])


def test_index_and_scenes_move_together(inputs, tmp_path):
    build_index(options(inputs, tmp_path / 'i.parquet'))
    with rasterio.open(inputs[0]) as source:
        pixels = source.read()[:, :32, :32]
    moved = tmp_path / 'elsewhere'
    moved.mkdir()
    shutil.move(tmp_path / 'scenes', moved / 'scenes')
    shutil.copy(tmp_path / 'i.parquet', moved / 'i.parquet')
    here = KnowledgeIndex.open(moved / 'i.parquet').record(0)
    assert (read_patch(here) == pixels).all()
    rooted = KnowledgeIndex.open(tmp_path / 'i.parquet', scene_root=moved)
    assert (read_patch(rooted.record(0)) == pixels).all()
    lost = KnowledgeIndex.open(tmp_path / 'i.parquet').record(0)
    open_file.cache_clear()
    with pytest.raises(InputError, match='no such file'):
        read_patch(lost)


def test_same_inputs_same_bytes(inputs, tmp_path):
    build_index(options(inputs, tmp_path / 'a.parquet'))
    build_index(options(inputs, tmp_path / 'b.parquet'))
    a = (tmp_path / 'a.parquet').read_bytes()
    assert a == (tmp_path / 'b.parquet').read_bytes()
    build_index(options(inputs, tmp_path / 'c.parquet', min_valid=0.5))
    one, two, other = (
        KnowledgeIndex.open(tmp_path / f'{n}.parquet').metadata.inputs_hash
        for n in 'abc'
    )
    assert one == two != other


def test_bands_and_legend_can_be_chosen(inputs, tmp_path):
    out = tmp_path / 'i.parquet'
    build_index(
        options(
            inputs, out, bands=('nir', 'red'), legend='native', grid=1,
            stride=16, stretch='sensor',
        )
    )  # fmt: skip
    index = KnowledgeIndex.open(out)
    assert index.metadata.bands == ('nir', 'red')
    assert len(index) == 5 * 7 and index.metadata.stride == 16
    assert index.classes[0] == 'tree_cover' and index.palette.shape[0] == 11
    record = index.record(20)
    assert read_patch(record).shape == (2, 32, 32)
    assert [s.number for s in record.sources] == [4, 3]
    assert record.high[0] != record.high[1]


def test_sea_and_uncovered_patches_are_rejected_by_name(make_raster, tmp_path):
    pixels = np.random.default_rng(0).integers(50, 200, (32, 96))
    scene = make_raster('s.tif', pixels.astype(np.uint8))
    codes = np.full((40, 64), 255, np.uint8)
    codes[:, :32] = 20
    cover = make_raster('n33_45_2010lc030.tif', codes)
    out = tmp_path / 'i.parquet'
    summary = build_index(
        BuildOptions(
            (scene,), 'globeland30', (cover,), 32, str(out), stretch='none'
        )
    )
    index = KnowledgeIndex.open(out)
    verdicts = [list(v) for v in index.frame['verdicts']]
    assert verdicts == [[], ['sea'], ['uncovered']]
    assert index.frame['sea_fraction'].tolist() == [0, 1, 0]
    assert not np.isnan(index.fractions).any()
    assert (summary.patches, summary.kept) == (3, 1)
    assert summary.rejected == {'sea': 1, 'uncovered': 1}
    assert summary.classes['forest'] == 1.0
    assert '3 patches, 1 kept' in str(summary)


def test_scenes_of_two_crs_share_an_index(make_raster, cover_codes, tmp_path):
    rng = np.random.default_rng(1)
    pixels = rng.integers(30, 220, (3, 64, 64)).astype(np.uint8)
    one = make_raster('one.tif', pixels)
    two = make_raster(
        'two.tif', pixels, 'EPSG:4326', (15.0002, 46.0526), 0.0001
    )
    cover = make_raster('map.tif', cover_codes)
    out = tmp_path / 'i.parquet'
    build_index(
        BuildOptions((one, two), 'worldcover', (cover,), 32, str(out),
                     year=2021)
    )  # fmt: skip
    frame = KnowledgeIndex.open(out).frame
    assert frame['crs'].tolist() == ['EPSG:32633'] * 4 + ['EPSG:4326'] * 4
    assert frame['gsd'][0] == 10.0 and 9 < frame['gsd'][5] < 10
    assert (frame['valid_fraction'] > 0.99).all()


def test_command_line(inputs, tmp_path, capsys):
    out = tmp_path / 'i.parquet'
    main(
        ['--scenes', inputs[0], '--product', 'worldcover', '--land-cover',
         inputs[1], '--patch-size', '32', '--out', str(out), '--no-filter',
         'dark', '--no-filter', 'nodata', '--bands', 'red,nir']
    )  # fmt: skip
    printed = capsys.readouterr()
    assert '12 patches, 10 kept' in printed.out
    assert 'patches: 12/12' in printed.err
    meta = KnowledgeIndex.open(out).metadata
    assert meta.command == (
        'build_index.py --scenes s_20210703.tif --product worldcover '
        '--land-cover ESA_WorldCover_10m_2021_v200_N45E014_Map.tif '
        '--patch-size 32 --no-filter dark --no-filter nodata '
        '--bands red,nir'
    )


def test_files_beside_the_index_stay_none(inputs, tmp_path):
    out = tmp_path / 'new' / 'folder' / 'i.parquet'
    build_index(options(inputs, out))
    assert [p.name for p in out.parent.iterdir()] == ['i.parquet']
    assert out.stat().st_mode & 0o444 == 0o444


def test_schema_of_the_file(index, tmp_path):
    schema = pq.read_schema(tmp_path / 'i.parquet')
    assert str(schema.field('fractions').type) == 'list<element: float>'
    geo = json.loads(schema.metadata[b'geo'])
    assert geo['primary_column'] == 'geometry'
    stored = json.loads(schema.metadata[b'geokr_mm'])
    assert stored['schema'] == 6 and stored['product_year'] == 2021


def test_other_files_are_not_indexes(tmp_path):
    plain = tmp_path / 'p.parquet'
    geopandas.GeoDataFrame(
        {'geometry': [shapely.Point(0, 0)]}, crs=4326
    ).to_parquet(plain)
    text = tmp_path / 't.parquet'
    text.write_text('no')
    for path, words in (
        (plain, 'not a knowledge index'),
        (text, 'not a readable Parquet'),
        (tmp_path / 'none.parquet', 'no such index'),
    ):
        with pytest.raises(InputError, match=words):
            KnowledgeIndex.open(path)


def test_geo_imports_neither_torch_nor_openmmlab(repo):
    code = (
        'import sys, geokr_mm.geo as g\n'
        '[getattr(g, n) for n in g.__all__]\n'
        'bad = [m for m in sys.modules if m.split(".")[0] in ("torch", '
        '"torchvision", "mmengine", "mmcv", "mmpretrain", "mmseg", "mmdet")]\n'
        'assert not bad, bad'
    )
    subprocess.run([sys.executable, '-c', code], check=True, cwd=repo)


def test_footprint_over_the_antimeridian_has_two_parts(make_raster, tmp_path):
    pixels = np.random.default_rng(0).integers(30, 220, (64, 64))
    scene = make_raster(
        's.tif', pixels.astype(np.uint8), 'EPSG:32660', (813600.0, 2214700.0)
    )
    cover = make_raster(
        'w.tif', np.full((180, 360), 10, np.uint8), 'EPSG:4326',
        (-180.0, 90.0), 1.0,
    )  # fmt: skip
    out = tmp_path / 'i.parquet'
    build_index(
        BuildOptions((scene,), 'worldcover', (cover,), 64, str(out), year=2021)
    )
    (shape,) = KnowledgeIndex.open(out).frame.geometry
    west, _, east, _ = shape.bounds
    assert shape.geom_type == 'MultiPolygon'
    assert west == pytest.approx(-180) and east == pytest.approx(180)
    assert shape.area == pytest.approx(0.0000356, rel=0.05)


def test_metadata_of_another_version_is_refused():
    with pytest.raises(InputError, match='surplus.*build it again'):
        IndexMetadata.from_json(b'{"surplus": 1}')
