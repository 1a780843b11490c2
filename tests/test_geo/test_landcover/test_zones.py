"""Several tiles, several projections, the antimeridian, the poles."""

import exactextract
import geopandas
import numpy as np
import pyproj
import pytest
import shapely

from geokr_mm.geo import LandCover
from geokr_mm.geo.geometry.reproject import project_rings
from geokr_mm.geo.geometry.rings import as_rings

BORDER = 114.0
GEOD = pyproj.Geod(ellps='WGS84')


def move(source, target, points):
    to = pyproj.Transformer.from_crs(source, target, always_xy=True)
    return np.stack(to.transform(*np.asarray(points).T), 1)


@pytest.fixture
def zones(make_raster):
    """Two GlobeLand30 tiles at 114 degrees east, either side of a border.

    Returns a function of a mask: which longitudes hold data in the west.
    """

    def make(west_data, east_data, lat=31.0):
        rng = np.random.default_rng(11)
        files = []
        for zone, keep, left in ((49, west_data, 250), (50, east_data, 150)):
            crs = f'EPSG:326{zone}'
            x, y = move('EPSG:4326', crs, [[BORDER, lat]])[0]
            origin = (round(x) - left * 30.0, round(y) + 6000.0)
            codes = rng.choice([10, 20, 60, 71, 80], (400, 400))
            centres = np.stack(
                np.meshgrid(
                    origin[0] + 30 * (np.arange(400) + 0.5),
                    origin[1] - 30 * (np.arange(400) + 0.5),
                ),
                -1,
            ).reshape(-1, 2)
            lon = move(crs, 'EPSG:4326', centres)[:, 0].reshape(400, 400)
            codes[~keep(lon)] = 0
            name = f'n{zone}_30_2010LC030.tif'
            files.append(
                make_raster(
                    name, codes.astype(np.uint8), crs, origin, 30.0,
                    tiled=True, blockxsize=128, blockysize=128,
                    compress='lzw',
                )
            )  # fmt: skip
        return files

    return make


def border_squares(n=12, lat=31.0):
    rng = np.random.default_rng(3)
    x, y = move('EPSG:4326', 'EPSG:32649', [[BORDER, lat]])[0]
    centre = rng.uniform([x - 700, y - 3500], [x + 700, y + 3500], (n, 2))
    half = rng.uniform(150, 1000, (n, 1, 1))
    square = np.array([[-1.0, 1], [1, 1], [1, -1], [-1, -1]])
    return centre[:, None] + half * square


def split_reference(files, squares, cover):
    """exactextract on the polygons split at the border, by their areas."""
    fine = project_rings(
        as_rings(squares), 'EPSG:32649', 'EPSG:4326', (1e-9, 1e-9)
    )
    columns = cover.product.columns(cover.legend)
    halves = (
        (files[0], 'EPSG:32649', shapely.box(100, 0, BORDER, 90)),
        (files[1], 'EPSG:32650', shapely.box(BORDER, 0, 130, 90)),
    )
    areas = np.zeros((len(squares), len(cover.classes)))
    for n in range(len(squares)):
        for file, crs, half in halves:
            part = shapely.Polygon(fine[n]).intersection(half)
            if part.is_empty:
                continue
            area = abs(GEOD.geometry_area_perimeter(part)[0])
            ring = shapely.get_coordinates(shapely.segmentize(part, 1e-4))
            polygon = shapely.Polygon(move('EPSG:4326', crs, ring))
            table = exactextract.exact_extract(
                file,
                geopandas.GeoDataFrame(geometry=[polygon], crs=crs),
                ['unique', 'frac'],
                output='pandas',
            )
            codes, shares = table.iloc[0]
            for code, share in zip(codes, shares, strict=True):
                if code:
                    areas[n, columns[int(code)]] += share * area
    return areas


def test_overlapping_zones_are_not_counted_twice(zones):
    def everywhere(lon):
        return lon > 0

    files = zones(everywhere, everywhere)
    cover = LandCover.open('globeland30', files)
    squares = border_squares()
    found = cover.coverage(squares, 'EPSG:32649')
    areas = split_reference(files, squares, cover)
    expected = areas / areas.sum(axis=1, keepdims=True)
    assert np.abs(found.fractions[:, 0] - expected).max() < 1e-6
    assert np.allclose(found.valid, 1.0)
    # The same from the other zone's side, and in any order of the files.
    other = np.stack([move('EPSG:32649', 'EPSG:32650', s) for s in squares])
    again = LandCover.open('globeland30', files[::-1])
    turned = again.fractions(other, 'EPSG:32650')[:, 0]
    assert np.abs(turned - expected).max() < 1e-4


def test_touching_zones_leave_only_what_neither_has(zones):
    files = zones(lambda lon: lon < BORDER, lambda lon: lon >= BORDER)
    cover = LandCover.open('globeland30', files)
    squares = border_squares()
    found = cover.coverage(squares, 'EPSG:32649')
    # Each zone's cells are in or out by their centre, so a stair of half
    # cells belongs to neither; everything else is answered.
    side = np.linalg.norm(squares[:, 0] - squares[:, 1], axis=1) / 30
    assert (1.0 - found.valid[:, 0] < 0.6 / side).all()
    assert np.allclose(found.valid + found.nodata, 1.0, atol=1e-6)
    assert np.allclose(found.fractions.sum(axis=2), 1.0, atol=1e-6)


def test_hole_of_one_zone_is_filled_by_the_other(zones):
    # The west lacks its last 600 m, which the east's overlap has.
    files = zones(lambda lon: lon < BORDER - 0.006, lambda lon: lon > 0)
    cover = LandCover.open('globeland30', files)
    squares = border_squares()
    found = cover.coverage(squares, 'EPSG:32649')
    assert np.allclose(found.valid, 1.0, atol=1e-6)
    assert np.allclose(found.nodata, 0.0, atol=1e-6)
    alone = LandCover.open('globeland30', files[1])
    east = alone.coverage(squares, 'EPSG:32649')
    west_only = LandCover.open('globeland30', files[0])
    west = west_only.coverage(squares, 'EPSG:32649')
    # Where one file covers all of a square, it alone counts.
    full = (east.valid[:, 0] > 1 - 1e-6) & (west.valid[:, 0] < 1e-6)
    gap = found.fractions[full] - east.fractions[full]
    assert full.any() and np.abs(gap).max() < 1e-5


def test_blank_in_both_zones_is_nodata_once(zones):
    def empty(lon):
        return lon > 360

    cover = LandCover.open('globeland30', zones(empty, empty))
    found = cover.coverage(border_squares(), 'EPSG:32649')
    assert np.allclose(found.nodata, 1.0, atol=1e-6)
    assert not found.fractions.any() and not found.valid.any()


def test_grid_over_a_zone_border_adds_up(zones):
    files = zones(lambda lon: lon > 0, lambda lon: lon > 0)
    cover = LandCover.open('globeland30', files)
    squares = border_squares(4)
    whole = cover.fractions(squares, 'EPSG:32649')[:, 0]
    cells = cover.fractions(squares, 'EPSG:32649', grid=3)
    assert np.abs(cells.mean(axis=1) - whole).max() < 1e-5


def test_tiles_side_by_side_answer_together(make_raster, cover_codes):
    whole = make_raster('a/whole.tif', cover_codes)
    left = make_raster('b/left.tif', cover_codes[:, :70])
    right = make_raster(
        'b/right.tif', cover_codes[:, 70:], origin=(500700.0, 5100000.0)
    )
    one = LandCover.open('worldcover', whole, year=2021)
    two = LandCover.open('worldcover', [left, right], year=2021)
    rng = np.random.default_rng(4)
    centre = rng.uniform([500500, 5099200], [500900, 5099800], (20, 2))
    square = np.array([[-1.0, 1], [1, 1], [1, -1], [-1, -1]])
    squares = centre[:, None] + 155.0 * square
    a = one.coverage(squares, 'EPSG:32633', grid=2)
    b = two.coverage(squares, 'EPSG:32633', grid=2)
    assert np.abs(a.fractions - b.fractions).max() < 1e-6
    assert np.allclose(a.valid, b.valid) and (b.valid == 1).all()


def test_overlapping_tiles_of_one_crs_are_not_counted_twice(make_raster):
    first = make_raster('1.tif', np.full((10, 10), 10, np.uint8))
    second = make_raster(
        '2.tif', np.full((10, 10), 30, np.uint8), origin=(500050.0, 5100000)
    )
    cover = LandCover.open('worldcover', [first, second], year=2021)
    ring = np.array([[[0.0, 0], [150, 0], [150, -100], [0, -100]]])
    found = cover.coverage(ring + [500000, 5100000], 'EPSG:32633')
    shares = dict(zip(cover.classes, found.fractions[0, 0], strict=True))
    assert shares['forest'] == pytest.approx(2 / 3)
    assert shares['grassland'] == pytest.approx(1 / 3)
    assert found.valid[0, 0] == pytest.approx(1.0)


def test_antimeridian(make_raster):
    # West of the line forest, east of it grassland, in one global map.
    codes = np.zeros((180, 360), np.uint8)
    codes[:, :180], codes[:, 180:] = 30, 10
    path = make_raster(
        'world.tif', codes, 'EPSG:4326', origin=(-180.0, 90.0), res=1.0
    )
    cover = LandCover.open('worldcover', path, year=2021)
    x, y = move('EPSG:4326', 'EPSG:32660', [[180.0, 20.0]])[0]
    square = np.array([[-1.0, 1], [1, 1], [1, -1], [-1, -1]]) * 1000
    for shift, forest in ((0.0, 0.5), (-500.0, 0.75), (500.0, 0.25)):
        ring = (square + [x + shift, y])[None]
        found = cover.coverage(ring, 'EPSG:32660')
        share = found.fractions[0, 0, cover.classes.index('forest')]
        assert share == pytest.approx(forest, abs=2e-3)
        assert found.valid[0, 0] == pytest.approx(1.0)
    # The same place named from the other side of the line.
    ring = (square + [x - 500.0, y])[None]
    west = move('EPSG:32660', 'EPSG:32601', ring[0])[None]
    a = cover.fractions(ring, 'EPSG:32660')
    b = cover.fractions(west, 'EPSG:32601')
    assert np.abs(a - b).max() < 1e-6


def test_double_width_zone_answers_for_its_eastern_half(make_raster):
    # Above 60 degrees the tile of zone 33 also holds zone 34 (18-24 E).
    x, y = move('EPSG:4326', 'EPSG:32633', [[20.0, 63.0]])[0]
    path = make_raster(
        'n33_60_2010LC030.tif',
        np.full((200, 200), 70, np.uint8),
        'EPSG:32633',
        (round(x) - 3000.0, round(y) + 3000.0),
        30.0,
    )
    # A neighbour of zone 35 makes it a matter of layers.
    x2, y2 = move('EPSG:4326', 'EPSG:32635', [[24.1, 63.0]])[0]
    other = make_raster(
        'n35_60_2010LC030.tif',
        np.full((50, 50), 20, np.uint8),
        'EPSG:32635',
        (round(x2), round(y2)),
        30.0,
    )
    cover = LandCover.open('globeland30', [path, other])
    square = np.array([[-1.0, 1], [1, 1], [1, -1], [-1, -1]]) * 500
    place = move('EPSG:4326', 'EPSG:32634', [[20.0, 63.0]])[0]
    found = cover.coverage((square + place)[None], 'EPSG:32634')
    assert found.fractions[0, 0, cover.classes.index('tundra')] == 1.0
    assert found.valid[0, 0] == pytest.approx(1.0)


def test_far_from_every_layer_is_uncovered(zones):
    cover = LandCover.open(
        'globeland30', zones(lambda lon: lon > 0, lambda lon: lon > 0)
    )
    square = np.array([[[0.0, 1], [1, 1], [1, 0], [0, 0]]])
    found = cover.coverage(square, 'EPSG:4326')
    assert found.uncovered[0, 0] == 1.0 and found.valid[0, 0] == 0.0


def test_around_a_pole(make_raster):
    # East of Greenwich tundra, west of it forest, up to the pole.
    # Cells thin to wedges there, so that the last rows must be fine.
    codes = np.full((150, 3600), 30, np.uint8)
    codes[:, :1800] = 10
    path = make_raster(
        'world.tif', codes, 'EPSG:4326', origin=(-180.0, 90.0), res=0.1
    )
    cover = LandCover.open('worldcover', path, year=2021)
    square = np.array([[-1.0, 1], [1, 1], [1, -1], [-1, -1]]) * 200_000
    shifts = [[0, 0], [100_000, 0], [0, 150_000], [800_000, 300_000]]
    rings = np.stack([square + shift for shift in shifts])
    found = cover.coverage(rings, 'EPSG:3995')
    assert np.allclose(found.valid[:, 0], 1.0, atol=1e-6)
    forest = found.fractions[:, 0, cover.classes.index('forest')]
    # West is left in this projection; scale varies by little here.
    assert np.allclose(forest, [0.5, 0.25, 0.5, 0.0], atol=2e-3)


def test_an_unnamed_datum_shifts_nothing(make_raster):
    # The grid of MCD12C1 is longitude and latitude whatever its file states:
    # latitudes taken from one ellipsoid to another would move by 0.002
    # degrees and more.
    clarke = (
        'GEOGCS["unknown",DATUM["Unknown based on Clarke 1866 ellipsoid",'
        'SPHEROID["Clarke 1866",6378206.4,294.978698213898]],'
        'PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]]'
    )
    codes = np.full((40, 40), 12, np.uint8)
    codes[17, 23] = 16
    path = make_raster(
        'MCD12C1.A2019001.006.tif', codes, clarke, (10.0, 50.0), 0.05
    )
    cover = LandCover.open('mcd12c1', path, legend='native')
    west, north = 10 + 23 * 0.05, 50 - 17 * 0.05
    cell = np.array([[0, 0], [0.05, 0], [0.05, -0.05], [0, -0.05]])
    found = cover.fractions([cell + [west, north]], 'EPSG:4326')[0, 0]
    barren = cover.classes.index('barren')
    assert cover.year == 2019
    assert found[barren] == pytest.approx(1.0, abs=1e-6)
