"""Footprints that somebody has: read from any table, labelled, written."""

import json
import os

import geopandas
import numpy as np
import pyarrow.parquet as pq
import pytest
import shapely

from geokr_mm.errors import InputError
from geokr_mm.geo import LabelOptions, LandCover, label_footprints
from geokr_mm.geo.footprints import label as label_module
from geokr_mm.geo.footprints import label_rows

CRS = 'EPSG:32633'
LEFT, TOP = 500000.0, 5100000.0


@pytest.fixture
def tiles(make_raster, cover_codes):
    """Two tiles of 120 x 150 cells side by side."""
    options = dict(tiled=True, blockxsize=16, blockysize=16)
    one = make_raster('tiles/a.tif', cover_codes, **options)
    make_raster(
        'tiles/b.tif', cover_codes[::-1], origin=(LEFT + 1500, TOP), **options
    )
    return os.path.dirname(one)


@pytest.fixture
def corners():
    """Rotated squares all over both tiles, and one beyond them."""
    rng = np.random.default_rng(11)
    middle = rng.uniform([80, -1120], [2920, -80], (300, 2)) + [LEFT, TOP]
    middle[-1] = [LEFT + 9000, TOP]
    angle, half = rng.uniform(-0.4, 0.4, 300), rng.uniform(8, 55, 300)
    square = np.array([[-1.0, 1], [1, 1], [1, -1], [-1, -1]])
    cos, sin = np.cos(angle), np.sin(angle)
    turn = np.array([[cos, sin], [-sin, cos]]).transpose(2, 0, 1)
    return middle[:, None] + half[:, None, None] * (square @ turn)


@pytest.fixture
def frame(corners):
    # From any corner, either way round: files say nothing about it.
    rng = np.random.default_rng(12)
    shapes = [
        shapely.Polygon(np.roll(c, k, 0)[::way])
        for c, k, way in zip(
            corners, rng.integers(0, 4, 300), rng.choice([-1, 1], 300),
            strict=True,
        )
    ]  # fmt: skip
    names = [f'p{n}' for n in range(300)]
    return geopandas.GeoDataFrame({'name': names}, geometry=shapes, crs=CRS)


def options(path, tiles, out, **changes):
    return LabelOptions(
        str(path), 'worldcover', (tiles,), str(out), year=2021, **changes
    )


def content(folder):
    return {p.name: p.read_bytes() for p in sorted(folder.iterdir())}


@pytest.fixture
def small(monkeypatch):
    """Several parts, several questions a part."""
    monkeypatch.setattr(label_module, 'PART_ROWS', 70)
    monkeypatch.setattr(label_module, 'JOB_CELLS', 100)


@pytest.mark.parametrize('grid', [1, 3])
def test_labels_are_what_the_product_says(
    tiles, corners, frame, tmp_path, small, grid
):
    frame.to_parquet(tmp_path / 'f.parquet', row_group_size=128)
    out = tmp_path / 'out'
    count = label_footprints(
        options(tmp_path / 'f.parquet', tiles, out, grid=grid)
    )
    assert count == 300
    found = geopandas.read_parquet(out)
    assert sorted(found['row']) == list(range(300))
    assert found.crs == CRS and len(list(out.glob('*.parquet'))) > 3
    found = found.sort_values('row')
    assert found['name'].tolist() == frame['name'].tolist()
    assert shapely.equals(found.geometry.values, frame.geometry.values).all()
    cover = LandCover.open('worldcover', tiles, 2021)
    whole = cover.coverage(corners, CRS)
    cells = cover.coverage(corners, CRS, grid)
    assert (
        np.abs(np.stack(found['fractions']) - whole.fractions[:, 0]).max()
        < 1e-6
    )
    grids = np.stack(found['grid_fractions']).reshape(300, grid**2, -1)
    assert np.abs(grids - cells.fractions).max() < 1e-6
    assert np.abs(np.stack(found['grid_valid']) - cells.valid).max() < 1e-6
    for name in ('valid', 'sea', 'nodata'):
        values = getattr(whole, name)[:, 0]
        assert np.abs(found[f'{name}_fraction'] - values).max() < 1e-6
    assert found['valid_fraction'].iloc[-1] == 0
    lonlat = frame.geometry.centroid.to_crs(4326)
    assert np.allclose(found['lon'], lonlat.x, atol=1e-6)
    assert set(found['product']) == {'worldcover'}
    head = json.loads((out / '_index.json').read_text())
    assert head['footprints'] == 300 and head['grid'] == grid
    # Sidecars are together: a part lies in one tile.
    for part in out.glob('*.parquet'):
        x = geopandas.read_parquet(part).centroid.x.to_numpy()
        assert len(set(x > LEFT + 1500)) == 1


def test_any_table_gives_the_same_labels(tiles, frame, tmp_path, small):
    few = frame.iloc[:40]
    few.to_parquet(tmp_path / 'f.parquet')
    few.to_file(tmp_path / 'f.gpkg')
    few.assign(geometry=few.to_wkt()['geometry']).to_csv(
        tmp_path / 'f.csv', index=False
    )
    tables = []
    for name in ('f.parquet', 'f.gpkg', 'f.csv'):
        crs = CRS if name == 'f.csv' else None
        out = tmp_path / f'{name}-out'
        label_footprints(options(tmp_path / name, tiles, out, crs=crs))
        table = geopandas.read_parquet(out).sort_values('row')
        tables.append(np.stack(table['fractions']))
    assert np.abs(tables[0] - tables[1]).max() < 1e-6
    # WKT keeps fewer digits than WKB.
    assert np.abs(tables[0] - tables[2]).max() < 1e-3
    box = few.bounds.set_axis(['left', 'bottom', 'right', 'top'], axis=1)
    box.to_csv(tmp_path / 'box.csv', index=False)
    label_footprints(options(tmp_path / 'box.csv', tiles,
                             tmp_path / 'boxes', crs=CRS))  # fmt: skip
    found = geopandas.read_parquet(tmp_path / 'boxes').sort_values('row')
    assert shapely.equals(found.geometry.values, few.envelope.values).all()


def test_workers_and_kills_change_no_byte(
    tiles, frame, tmp_path, small, monkeypatch
):
    frame.to_parquet(tmp_path / 'f.parquet', row_group_size=128)
    given = options(tmp_path / 'f.parquet', tiles, tmp_path / 'out', grid=2)
    label_footprints(given)
    once = content(tmp_path / 'out')
    label_footprints(given, workers=2)
    assert content(tmp_path / 'out') == once
    write, written = label_rows._write, []

    class Killed(BaseException):
        pass

    def dying(*args):
        if len(written) == 3:
            raise Killed
        written.append(args[-1])
        return write(*args)

    monkeypatch.setattr(label_rows, '_write', dying)
    with pytest.raises(Killed):
        label_footprints(given)
    # The older result is whole until the new one is.
    assert content(tmp_path / 'out') == once
    written[3:] = []

    def counting(*args):
        written.append(args[-1])
        return write(*args)

    monkeypatch.setattr(label_rows, '_write', counting)
    label_footprints(given, resume=True)
    assert content(tmp_path / 'out') == once
    assert len(set(written)) == len(written) == len(once) - 1
    assert {p.name for p in tmp_path.iterdir()} == {
        'tiles', 'f.parquet', 'out',
    }  # fmt: skip


def test_an_exchange_cut_short_is_undone(tiles, frame, tmp_path, small):
    frame.to_parquet(tmp_path / 'f.parquet')
    given = options(tmp_path / 'f.parquet', tiles, tmp_path / 'out')
    label_footprints(given)
    once = content(tmp_path / 'out')
    os.rename(tmp_path / 'out', tmp_path / '.out.old')
    bad = options(tmp_path / 'none.parquet', tiles, tmp_path / 'out')
    with pytest.raises(InputError, match='no such table'):
        label_footprints(bad)
    assert content(tmp_path / 'out') == once


def test_bad_tables_are_told(tiles, frame, tmp_path):
    def refused(name, match, **changes):
        with pytest.raises(InputError, match=match) as caught:
            label_footprints(
                options(tmp_path / name, tiles, tmp_path / 'out', **changes)
            )
        assert '\n' not in str(caught.value)
        assert not (tmp_path / 'out').exists()

    discs = frame.iloc[:3].copy()
    discs.geometry = [
        shapely.Point(g.centroid).buffer(9) for g in discs.geometry
    ]
    discs.to_parquet(tmp_path / 'round.parquet')
    refused('round.parquet', 'row 0 .*exactly four corners', grid=2)
    (tmp_path / 'x.csv').write_text('a,b\n1,2\n')
    refused('x.csv', 'left, bottom, right, top', crs=CRS)
    (tmp_path / 'y.csv').write_text('left,bottom,right,top\n1,2,3,4\n')
    refused('y.csv', 'give it with --crs')
    frame.drop(columns='geometry').to_parquet(tmp_path / 'plain.parquet')
    refused('plain.parquet', 'without geometries')
    frame.rename(columns={'name': 'fractions'}).to_parquet(
        tmp_path / 'twice.parquet'
    )
    refused('twice.parquet', "already has the column 'fractions'")
    far = frame.set_crs('EPSG:32610', allow_override=True)
    far.to_parquet(tmp_path / 'far.parquet')
    refused('far.parquet', 'does not cover any footprint')
    frame.iloc[:0].to_parquet(tmp_path / 'none.parquet')
    refused('none.parquet', 'no footprint')
    (tmp_path / 'full').mkdir()
    (tmp_path / 'full' / 'mine.txt').touch()
    frame.to_parquet(tmp_path / 'f.parquet')
    with pytest.raises(InputError, match='other things in it'):
        label_footprints(
            options(tmp_path / 'f.parquet', tiles, tmp_path / 'full')
        )
    assert pq.read_metadata(tmp_path / 'f.parquet').num_rows == 300
