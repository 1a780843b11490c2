"""Images without georeference, placed by a table."""

import csv
from pathlib import Path

import numpy as np
import pytest
import rasterio
from pyproj import Geod
from rasterio.transform import from_origin

from geokr_mm.datasets.geokr_dataset import GeoKRDataset
from geokr_mm.errors import InputError
from geokr_mm.geo import (
    BuildOptions,
    KnowledgeIndex,
    LandCover,
    build_index,
    read_patch,
)
from geokr_mm.geo.core.crs import transformer
from geokr_mm.geo.discovery.opening import open_scenes
from geokr_mm.geo.scenes.patch import footprint
from geokr_mm.geo.scenes.place import Place
from geokr_mm.visualization.patch import cover_map, patch_image

HEAD = 'path,lon,lat,gsd,width_m\n'
RNG = np.random.default_rng(30)


@pytest.fixture
def images(tmp_path: Path) -> dict[str, np.ndarray]:
    """Three PNG images of 32 px without georeference."""
    made = {}
    for name in ('a', 'b', 'c'):
        pixels = RNG.integers(1, 250, (3, 32, 32)).astype(np.uint8)
        with rasterio.open(
            tmp_path / f'{name}.png', 'w', driver='PNG', count=3, width=32,
            height=32, dtype='uint8',
        ) as sink:  # fmt: skip
            sink.write(pixels)
        made[name] = pixels
    return made


@pytest.fixture
def coarse(tmp_path: Path) -> str:
    """Forest and cultivated land in turn, cells of 0.05 degree."""
    odd = np.indices((40, 40)).sum(axis=0) % 2
    path = tmp_path / 'map.tif'
    with rasterio.open(
        path, 'w', driver='GTiff', count=1, width=40, height=40,
        dtype='uint8', crs='EPSG:4326',
        transform=from_origin(10.0, 50.0, 0.05, 0.05),
    ) as sink:  # fmt: skip
        sink.write(np.where(odd, 40, 10).astype(np.uint8), 1)
    return str(path)


def build(tmp_path, coarse, rows, patch=32, **more):
    table = tmp_path / 'places.csv'
    table.write_text(HEAD + rows)
    options = BuildOptions(
        (str(table),), 'worldcover', (coarse,), patch,
        str(tmp_path / 'i.parquet'), year=2021, stretch='none', **more,
    )  # fmt: skip
    build_index(options)
    return KnowledgeIndex.open(options.out)


def test_fractions_of_images_below_a_cell(tmp_path, images, coarse):
    # a lies inside one cell (10 + 2.5 cells, odd row), b on an edge between
    # two, c with the three by three cells around it.
    inside, edge = 10.0 + 2.5 * 0.05, 10.0 + 3 * 0.05
    lat = 50.0 - 2.5 * 0.05
    metres = 3 * 0.05 * 111320 * np.cos(np.radians(lat))
    index = build(
        tmp_path,
        coarse,
        f'a.png,{inside},{lat},10,\n'
        f'b.png,{edge},{lat},10,\n'
        f'c.png,{inside},{lat},10,{metres}\n',
    )
    forest = index.fractions[:, index.classes.index('forest')]
    field = index.fractions[:, index.classes.index('cultivated')]
    assert forest[:2] == pytest.approx([1.0, 0.5], abs=1e-4)
    assert forest + field == pytest.approx(1.0, abs=1e-6)
    # Of 3 x 3 cells five are like the middle one; the footprint is square, so
    # of the rows above and below a part is seen.
    shown = (metres / 111320 - 0.05) / 2 / (0.05 + metres / 111320 - 0.05)
    like = (1 - 2 * shown) / 3 + 2 * shown * 2 / 3
    assert forest[2] == pytest.approx(like, abs=5e-3)
    assert set(index.column('gsd')) == {10.0}
    for n, name in enumerate('abc'):
        record = index.record(n)
        assert (read_patch(record) == images[name]).all()
        corners, crs = footprint(record)
        assert crs == 'EPSG:32632'
        assert np.ptp(corners, axis=0) == pytest.approx([320, 320])
    assert index.column('lon') == pytest.approx([inside, edge, inside])
    assert index.column('lat') == pytest.approx([lat] * 3)
    west, _, east, _ = index.frame.geometry.iloc[2].bounds
    assert east - west == pytest.approx(0.15, rel=0.02)


def test_several_patches_of_a_placed_image(tmp_path, images, coarse):
    index = build(tmp_path, coarse, 'a.png,10.5,49.5,10,\n', patch=16, grid=2)
    assert index.column('patch_id').tolist() == [
        'a_0_0', 'a_16_0', 'a_0_16', 'a_16_16',
    ]  # fmt: skip
    for n in range(4):
        record = index.record(n)
        col, row = record.window[:2]
        own = images['a'][:, row : row + 16, col : col + 16]
        assert (read_patch(record) == own).all()
    assert (
        np.diff(index.column('lon'))[0] > 0 > np.diff(index.column('lat'))[1]
    )


def test_places_everywhere():
    wgs84 = Geod(ellps='WGS84')
    for lon, lat, crs in (
        (2.9, 43.0, 'EPSG:32631'),
        (-70.6, -33.4, 'EPSG:32719'),
        (180.0, 10.0, 'EPSG:32601'),
        (359.9, 0.0, 'EPSG:32630'),
        (15.0, 88.0, 'EPSG:5041'),
        (-120.0, -85.0, 'EPSG:5042'),
    ):
        place = Place(lon, lat, 10.0, 6400.0)
        assert place.crs == crs and place.widening(64) == 10.0
        transform = place.transform(64, 64)
        move = transformer(crs, 'EPSG:4326')
        middle = move.transform(*(transform @ (32, 32)))
        _, _, off = wgs84.inv(lon, lat, *middle)
        assert off < 0.01
        left, right = (move.transform(*(transform @ (x, 32))) for x in (0, 64))
        assert wgs84.inv(*left, *right)[2] == pytest.approx(640, rel=5e-3)


def test_what_tables_of_places_get_wrong(tmp_path, images, coarse):
    table = tmp_path / 't.csv'
    for text, message in {
        'path,lon,lat\na.png,1,2\n': 'a.png: no gsd; .* has path, lon, lat',
        'path,lon,gsd\na.png,1,2\n': 'a.png: no lat',
        HEAD + 'a.png,1,,10,\n': 'a.png: no lat',
        HEAD + 'a.png,,,10,50\n': 'a.png: no lon',
        HEAD + 'a.png,far,2,10,\n': "lon 'far'; give degrees from -180",
        HEAD + 'a.png,1,91,10,\n': "lat '91'; give degrees from -90 to 90",
        HEAD + 'a.png,1,nan,10,\n': "lat 'nan'",
        HEAD + 'a.png,1,2,0,\n': "gsd '0'",
        HEAD + 'a.png,1,2,10,-5\n': "width_m '-5'; give metres above 0",
        HEAD + 'map.tif,1,2,10,\n': 'map.tif: is georeferenced, and',
        'path\na.png\n': 'a.png: no coordinate .* in a table of scenes',
    }.items():
        table.write_text(text)
        with pytest.raises(InputError, match=message):
            open_scenes([table])
    with pytest.raises(InputError, match=r'10 times as wide .* leave out'):
        build(tmp_path, coarse, 'a.png,10.5,49.5,10,3200\n', grid=4)


def test_an_image_that_was_replaced(tmp_path, images, coarse):
    index = build(tmp_path, coarse, 'a.png,10.5,49.5,10,\n')
    with rasterio.open(
        tmp_path / 'a.png', 'w', driver='PNG', count=3, width=40, height=32,
        dtype='uint8',
    ) as sink:  # fmt: skip
        sink.write(np.ones((3, 32, 40), np.uint8))
    with pytest.raises(InputError, match='40 x 32 pixels without a place'):
        read_patch(index.record(0))


def test_eurosat(tmp_path, shared_data, coarse):
    folder = shared_data / 'eurosat'
    if not (folder / 'places.csv').exists():
        pytest.skip('EuroSAT not found')
    with open(folder / 'places.csv', newline='') as lines:
        west = [
            row
            for row in csv.DictReader(lines)
            if 10 < float(row['lon']) < 12 and 48 < float(row['lat']) < 50
        ][:20]
    index = build(
        tmp_path,
        coarse,
        ''.join(
            f'{folder / r["path"]},{r["lon"]},{r["lat"]},10,\n' for r in west
        ),
        patch=64,
    )
    assert len(index) == len(west) == 20
    assert index.metadata.bands == ('red', 'green', 'blue')
    by_name = {Path(r['path']).stem: r for r in west}
    for n, name in enumerate(index.column('scene')):
        assert index.column('lon')[n] == pytest.approx(
            float(by_name[name]['lon'])
        )
        with rasterio.open(folder / by_name[name]['path']) as source:
            assert (read_patch(index.record(n)) == source.read()).all()
    assert index.valid_fraction == pytest.approx(1.0)
    # As training and pages read them.
    set_ = GeoKRDataset(
        str(tmp_path / 'i.parquet'), pipeline=[{'type': 'geokr_mm.LoadPatch'}]
    )
    shown = patch_image(index.record(3))
    assert (set_[3]['img'] == shown).all()
    cover = LandCover.open('worldcover', [coarse], 2021)
    drawn = cover_map(index.record(3), cover)
    assert index.fractions[3].argmax() in drawn
