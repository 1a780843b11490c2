"""Indexes of several maps: choice, soft label, confidence and change."""

import json
import shutil

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from geokr_mm.errors import InputError
from geokr_mm.geo import KnowledgeIndex, MapStack, Scene
from geokr_mm.geo.maps.files import parse_map
from geokr_mm.geo.pipeline.cli import main

NEW = (
    'confidence', 'grid_confidence', 'soft_fractions', 'grid_soft_fractions',
    'disagreement', 'change', 'before_year', 'before_fractions',
    'after_year', 'after_fractions',
)  # fmt: skip


@pytest.fixture
def world(make_raster):
    """Two scenes of 2 x 2 patches; CLCD of 2000 and 2020, FROM-GLC10."""
    rng = np.random.default_rng(6)
    for date in ('20030601', '20190601'):
        make_raster(
            f'scenes/s_{date}.tif',
            rng.integers(0, 255, (3, 64, 64)).astype(np.uint8),
        )
    codes = rng.integers(1, 9, (22, 22)).astype(np.uint8)
    old = make_raster('clcd/CLCD_v01_2000_albert.tif', codes, res=30.0)
    codes = codes.copy()
    codes[:, :11] = 8  # built over in the west
    make_raster('clcd/CLCD_v01_2020_albert.tif', codes, res=30.0)
    fine = np.repeat(np.repeat(codes, 3, 0), 3, 1)
    order = np.array([0, 10, 20, 40, 30, 60, 100, 90, 80, 50], np.uint8)
    make_raster('from/fromglc10v01_46_14.tif', order[fine])
    return old.rsplit('/clcd', 1)[0]


def build(world, out, *more):
    main(
        ['--scenes', f'{world}/scenes', '--patch-size', '32', '--grid', '2',
         '--out', str(out), '--quiet', *more]
    )  # fmt: skip
    return KnowledgeIndex.open(out)


def test_nearest_map_of_each_scene(world, tmp_path):
    maps = ['--map', f'clcd={world}/clcd']
    index = build(world, tmp_path / 'i.parquet', *maps)
    frame = index.frame.set_index('patch_id')
    assert frame.loc['s_20030601_0_0', 'product_year'] == 2000
    assert frame.loc['s_20190601_0_0', 'product_year'] == 2020
    assert index.metadata.product == 'clcd'
    assert index.metadata.choose == 'nearest'
    assert index.metadata.maps == (
        {'product': 'clcd', 'year': 2000, 'gsd': 30.0, 'accuracy': 0.7931},
        {'product': 'clcd', 'year': 2020, 'gsd': 30.0, 'accuracy': 0.7931},
    )
    # Both scenes lie between the maps: what changed is the west.
    built = index.classes.index('artificial')
    for name, row in frame.iterrows():
        assert (row['before_year'], row['after_year']) == (2000, 2020), name
        distance = np.abs(row['before_fractions'] - row['after_fractions'])
        assert row['change'] == pytest.approx(distance.sum() / 2, abs=1e-6)
        if name.split('_')[2] == '0':
            assert row['after_fractions'][built] == 1 and row['change'] > 0.5
        else:
            assert row['change'] < 0.1
    assert (index.change == frame['change'].to_numpy()).all()
    assert (index.soft_fractions == index.fractions).all()


def test_combined_index_equals_the_atlas(world, tmp_path):
    maps = [f'clcd={world}/clcd', f'from_glc10={world}/from']
    words = [w for m in maps for w in ('--map', m)]
    index = build(world, tmp_path / 'i.parquet', *words, '--choose', 'combine')
    map_stack = MapStack.open([parse_map([m]) for m in maps], 'combine')
    assert index.metadata.product == 'clcd+from_glc10'
    assert [m['year'] for m in index.metadata.maps] == [2000, 2020, 2017]
    for place, date in enumerate(('2003-06-01', '2019-06-01')):
        name = f'{world}/scenes/s_{date.replace("-", "")}.tif'
        scene = Scene.open(name)
        windows = scene.windows(32, 32)
        found = map_stack.label_patches(
            scene.corners(windows), scene.crs, 2, date, side=320.0
        )
        rows = slice(4 * place, 4 * place + 4)
        assert set(index.frame['date'][rows]) == {date}
        assert (index.confidence[rows] == found.confidence).all()
        assert (index.disagreement[rows] == found.disagreement).all()
        cells = found.grid_confidence.reshape(-1, 2, 2)
        assert (index.grid_confidence[rows] == cells).all()
        assert (index.soft_fractions[rows] == found.soft).all()
        soft = found.grid_soft.reshape(4, 2, 2, -1)
        assert (index.grid_soft_fractions[rows] == soft).all()
        assert (index.fractions[rows] == found.whole.fractions[:, 0]).all()
        assert set(index.frame['product'][rows]) == {found.product}
    assert np.abs(index.soft_fractions.sum(1) - 1).max() < 1e-6
    assert not (index.soft_fractions == index.fractions).all()
    assert ((index.confidence > 0) & (index.confidence <= 1)).all()
    assert index.disagreement.min() >= 0 and index.disagreement.max() > 0.1


def test_one_map_stores_its_own_confidence_and_nothing_else(world, tmp_path):
    one = ['--product', 'clcd', '--land-cover',
           f'{world}/clcd/CLCD_v01_2000_albert.tif']  # fmt: skip
    index = build(world, tmp_path / 'i.parquet', *one)
    # Of two cells by two, all are neighbours.
    cells = index.grid_fractions.reshape(-1, 4, index.grid_fractions.shape[3])
    weights = np.array(
        [[4, 2, 2, 1], [2, 4, 1, 2], [2, 1, 4, 2], [1, 2, 2, 4]]
    )
    shares = np.take_along_axis(
        cells[:, None], cells.argmax(2)[:, :, None, None], 3
    )[..., 0]
    inside = (shares * weights / 9).sum(2)
    expected = 0.7931 * (1 - 0.5 * (1 - inside)).reshape(-1, 2, 2)
    assert np.abs(index.grid_confidence - expected).max() < 1e-6
    whole = 0.7931 * (1 - 0.5 * (1 - inside.mean(1)))
    assert np.abs(index.confidence - whole).max() < 1e-6
    frame = index.frame
    assert frame['soft_fractions'].isna().all()
    assert frame['change'].isna().all() and not index.change.any()
    assert frame['disagreement'].isna().all() and not index.disagreement.any()
    # The same by the other form: only the command differs.
    same = ['--map', f'clcd@2000={one[-1]}']
    other = build(world, tmp_path / 'j.parquet', *same)
    a, b = (
        pq.read_table(tmp_path / n).replace_schema_metadata()
        for n in ('i.parquet', 'j.parquet')
    )
    assert a.equals(b)
    assert str(tmp_path) not in other.metadata.command
    assert 'clcd@2000=CLCD_v01_2000_albert.tif' in other.metadata.command


def test_where_the_maps_lie_changes_no_byte(world, tmp_path):
    words = ['--map', f'clcd={world}/clcd', '--choose', 'combine']
    build(world, tmp_path / 'out' / 'i.parquet', *words)
    moved = tmp_path / 'moved'
    shutil.copytree(f'{world}/clcd', moved / 'clcd')
    words = ['--map', f'clcd={moved}/clcd', '--choose', 'combine']
    build(world, tmp_path / 'put' / 'i.parquet', *words)
    first, second = (
        (tmp_path / n / 'i.parquet').read_bytes() for n in ('out', 'put')
    )
    assert first == second


def test_indexes_of_earlier_layouts_are_read(world, tmp_path):
    path = tmp_path / 'i.parquet'
    words = ['--map', f'clcd={world}/clcd', '--choose', 'combine']
    index = build(world, path, *words)
    table = pq.read_table(path)
    about = json.loads(table.schema.metadata[b'geokr_mm'])
    about['schema'] = 2
    del about['maps'], about['choose']
    old = table.drop_columns(list(NEW))
    stored = {**table.schema.metadata, b'geokr_mm': json.dumps(about).encode()}
    pq.write_table(old.replace_schema_metadata(stored), path)
    read = KnowledgeIndex.open(path)
    assert (read.fractions == index.fractions).all()
    assert (read.soft_fractions == index.fractions).all()
    assert (read.confidence == 1).all() and not read.change.any()
    assert not read.disagreement.any()
    assert read.grid_confidence.shape == (8, 2, 2)
    assert read.metadata.maps == ()
    about['odd'] = 1
    stored[b'geokr_mm'] = json.dumps(about).encode()
    pq.write_table(old.replace_schema_metadata(stored), path)
    with pytest.raises(InputError, match='odd'):
        KnowledgeIndex.open(path)
    assert isinstance(old, pa.Table)


@pytest.mark.parametrize(
    ('words', 'cure'),
    [
        (['--map', 'clcd@2000'], 'PRODUCT@YEAR=PATH'),
        ([], 'give either --product and --land-cover, or --map'),
        (['--product', 'clcd'], 'give either --product'),
        (['--product', 'clcd', '--land-cover', 'x', '--map', 'clcd=x'],
         'too much of it'),
        (['--map', 'clcd={}/clcd', '--year', '2000'], 'PRODUCT@YEAR=PATH'),
        (['--map', 'clcd={}/clcd', '--choose', 'best'], 'nearest, combine'),
        (['--map', 'clcd={}/clcd', '--map', 'clcd@2000={}/clcd'],
         'second map of product'),
        (['--map', 'clcd={}/clcd', '--date', '2020-13-01'], 'YYYY-MM-DD'),
        (['--map', 'clcd={}/clcd', '--date', '20200731'], 'YYYY-MM-DD'),
        (['--map', 'clcd={}/clcd', '--date', 'July'], 'YYYY-MM-DD'),
    ],
)  # fmt: skip
def test_wrong_maps_and_dates_end_in_one_line(world, tmp_path, words, cure):
    out = tmp_path / 'i.parquet'
    with pytest.raises(InputError) as caught:
        build(world, out, *(w.format(world) for w in words))
    assert cure in str(caught.value) and '\n' not in str(caught.value)
    assert not out.exists()


def test_the_report_names_all_maps(world, tmp_path):
    from geokr_mm.visualization.browse import browse_page
    from geokr_mm.visualization.report import index_page

    words = ['--map', f'clcd={world}/clcd', '--no-filter', 'low_contrast']
    index = build(world, tmp_path / 'i.parquet', *words)
    assert index.metadata.sources == 'clcd 2000, clcd 2020'
    for write in (index_page, browse_page):
        assert 'clcd 2000, clcd 2020' in write(tmp_path / 'i.parquet')
        with pytest.raises(InputError, match='made from several maps'):
            write(tmp_path / 'i.parquet', land_cover=[f'{world}/clcd'])
