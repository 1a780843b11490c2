"""Zones, hemispheres and poles against exactextract on the split polygons.

The reference cuts a footprint where the zones meet, takes exactextract for
each part in the raster of its zone, and adds the parts by their true area.
"""

import exactextract
import geopandas
import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from rasterio.transform import from_origin

from geokr_mm.geo import LandCover

SQUARE = np.array([[-1.0, 1], [1, 1], [1, -1], [-1, -1]])
# Footprints follow their true edges here, so that 1e-6 can be met.
BEND = 1e-7
AZIMUTHAL = '+proj=laea +lat_0=90 +lon_0=0 +datum=WGS84 +units=m'


def move(source, target, points):
    to = pyproj.Transformer.from_crs(source, target, always_xy=True)
    return np.stack(to.transform(*np.asarray(points).T), 1)


def zone_tile(make_raster, name, crs, lon, lat, size=300, cell=30.0, seed=0):
    """A tile of random classes around a place."""
    rng = np.random.default_rng(seed)
    codes = rng.choice([10, 20, 60, 71, 80, 255], (size, size))
    x, y = move('EPSG:4326', crs, [[lon, lat]])[0]
    half = size * cell / 2
    transform = from_origin(round(x) - half, round(y) + half, cell, cell)
    return make_raster(
        f'{name}_2010LC030.tif', codes.astype(np.uint8), crs,
        transform=transform,
    )  # fmt: skip


def dense(quad, source, target, steps=400):
    """A footprint's true outline in another CRS."""
    t = np.arange(steps)[:, None] / steps
    sides = zip(quad, np.roll(quad, -1, axis=0), strict=True)
    ring = np.concatenate([(1 - t) * a + t * b for a, b in sides])
    return ring if source == target else move(source, target, ring)


def shares(path, polygon, crs, cover):
    """Area shares by exactextract: the classes, and sea at the end."""
    frame = geopandas.GeoDataFrame(geometry=[polygon], crs=crs)
    table = exactextract.exact_extract(
        path, frame, ['unique', 'frac'], output='pandas'
    )
    columns = cover.product.columns(cover.legend)
    found = np.zeros(len(cover.classes) + 1)
    for code, share in zip(*table.iloc[0], strict=True):
        found[-1 if code == 255 else columns[int(code)]] += share
    return found


def true_area(polygon):
    """Area on the ellipsoid of a dense polygon in degrees."""
    lon, lat = polygon.centroid.coords[0]
    crs = f'+proj=laea +lat_0={lat:.6f} +lon_0={lon:.6f} +datum=WGS84'
    return shapely.transform(polygon, lambda p: move('EPSG:4326', crs, p)).area


def split(parts, quad, source, cover):
    """What the parts (file, CRS, region in degrees) say together."""
    ring = dense(quad, source, 'EPSG:4326')
    middle = ring[0, 0]
    ring[:, 0] = middle + (ring[:, 0] - middle + 180.0) % 360.0 - 180.0
    outline = shapely.Polygon(ring)
    total = np.zeros(len(cover.classes) + 1)
    whole = 0.0
    for path, crs, region in parts:
        for turn in (-360.0, 0.0, 360.0):
            part = outline.intersection(
                shapely.transform(region, lambda p, t=turn: p + [t, 0.0])
            )
            if part.is_empty or part.area == 0:
                continue
            fine = shapely.segmentize(part, 1e-4)
            area = true_area(fine)
            there = shapely.transform(
                fine, lambda p, c=crs: move('EPSG:4326', c, p)
            )
            total += area * shares(path, there, crs, cover)
            whole += area
    total /= whole
    return total[:-1] / total[:-1].sum(), total[-1]


def compare(cover, parts, quads, source, most=1e-6):
    found = cover.coverage(quads, source)
    assert np.allclose(found.uncovered, 0.0, atol=most)
    for n, quad in enumerate(quads):
        fractions, sea = split(parts, quad, source, cover)
        assert np.abs(found.fractions[n, 0] - fractions).max() < most
        assert found.sea[n, 0] == pytest.approx(sea, abs=most)


def around(crs, lon, lat, offsets, half=600.0):
    """Squares about a place, moved by metres."""
    place = move('EPSG:4326', crs, [[lon, lat]])[0]
    return np.array([SQUARE * half + place + o for o in offsets])


def box(west, east, south=-90.0, north=90.0):
    return shapely.box(west, south, east, north)


OFFSETS = [(0.0, 0.0), (450.0, -800.0), (-500.0, 900.0), (599.0, 0.0)]


@pytest.mark.parametrize('order', [1, -1])
@pytest.mark.parametrize(
    ('west', 'east', 'lon', 'lat'),
    [
        ('n49', 'n50', 114.0, 31.0),
        ('n60', 'n01', 180.0, 52.0),
        ('s60', 's01', 180.0, -17.0),
        # Above 60 degrees zone 33 also holds zone 34, and so on.
        ('n33', 'n35', 24.0, 66.0),
        ('n59', 'n01', 180.0, 71.0),
    ],
)
def test_zones_that_overlap(make_raster, west, east, lon, lat, order):
    tiles = []
    for seed, name in enumerate((west, east)):
        crs = f'EPSG:32{6 if name[0] == "n" else 7}{name[1:]}'
        row = f'{name}_{int(abs(lat)) // 5 * 5:02d}'
        file = zone_tile(make_raster, row, crs, lon, lat, seed=seed)
        tiles.append((file, crs))
    cover = LandCover.open(
        'globeland30', [f for f, _ in tiles][::order], max_bend=BEND
    )
    (one, crs), (two, other) = tiles
    parts = [
        (one, crs, box(lon - 9, lon)), (two, other, box(lon, lon + 9)),
    ]  # fmt: skip
    compare(cover, parts, around(crs, lon, lat, OFFSETS), crs)
    compare(cover, parts, around(other, lon, lat, OFFSETS[:2]), other)


def test_inside_a_double_zone_nothing_is_cut(make_raster):
    file = zone_tile(make_raster, 'n33_65', 'EPSG:32633', 18.0, 66.0)
    far = zone_tile(make_raster, 'n35_65', 'EPSG:32635', 24.3, 66.0, 50)
    cover = LandCover.open('globeland30', [far, file], max_bend=BEND)
    quads = around('EPSG:32634', 18.0, 66.0, OFFSETS)
    compare(cover, [(file, 'EPSG:32633', box(0, 40))], quads, 'EPSG:32634')


def test_over_the_equator(make_raster):
    north, south = (
        zone_tile(make_raster, name, crs, 15.0, 0.0, seed=seed)
        for seed, (name, crs) in enumerate(
            [('n33_00', 'EPSG:32633'), ('s33_00', 'EPSG:32733')]
        )
    )
    # Both tiles reach over the equator; the first file counts there.
    cover = LandCover.open('globeland30', [north, south], max_bend=BEND)
    quads = around('EPSG:32633', 15.0, 0.0, OFFSETS)
    compare(cover, [(north, 'EPSG:32633', box(0, 30))], quads, 'EPSG:32633')
    # Where it ends the other goes on.
    quads = around('EPSG:32733', 15.0, 0.0, [(0.0, -4500.0)])
    found = cover.coverage(quads, 'EPSG:32733')
    assert found.uncovered[0, 0] == pytest.approx(0.5, abs=1e-6)
    long = zone_tile(make_raster, 's33_05', 'EPSG:32733', 15.0, 0.0, 400)
    cover = LandCover.open('globeland30', [north, long], max_bend=BEND)
    end = move('EPSG:32633', 'EPSG:4326', [[500000.0, -4500.0]])[0, 1]
    parts = [
        (north, 'EPSG:32633', box(0, 30, end)),
        (long, 'EPSG:32733', box(0, 30, -90, end)),
    ]
    compare(cover, parts, quads, 'EPSG:32733')


@pytest.fixture(scope='module')
def pair(tmp_path_factory):
    """Two zones' tiles, kept for all random footprints."""
    import rasterio

    folder = tmp_path_factory.mktemp('pair')

    def make(name, codes, crs, transform):
        path = folder / name
        with rasterio.open(
            path, 'w', driver='GTiff', count=1, height=codes.shape[0],
            width=codes.shape[1], dtype='uint8', crs=crs, transform=transform,
        ) as sink:  # fmt: skip
            sink.write(codes, 1)
        return str(path)

    files = [
        zone_tile(make, f'n{zone}_65', f'EPSG:326{zone}', 24.0, 66.0, 300,
                  30.0, zone)
        for zone in (33, 35)
    ]  # fmt: skip
    return LandCover.open('globeland30', files, max_bend=BEND), files


@given(
    st.tuples(st.floats(-900, 900), st.floats(-2500, 2500)),
    st.floats(60, 1500),
    st.floats(0, np.pi),
    st.floats(-0.5, 0.5),
)
@settings(max_examples=25, deadline=None)
def test_random_footprints_over_a_border(pair, place, half, angle, shear):
    cover, files = pair
    turn = np.array(
        [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    ) @ [[1.0, shear], [0.0, 1.0]]
    middle = move('EPSG:4326', 'EPSG:32634', [[24.0, 66.0]])[0]
    quad = half * SQUARE @ turn.T + middle + np.array(place)
    parts = [
        (files[0], 'EPSG:32633', box(15, 24)),
        (files[1], 'EPSG:32635', box(24, 33)),
    ]
    # Edges of 4 km bend; no search has found more than 1.3e-6.
    compare(cover, parts, quad[None], 'EPSG:32634', most=3e-6)


@pytest.mark.parametrize('order', [1, -1])
@pytest.mark.parametrize(
    ('source', 'centre', 'half'),
    [
        ('EPSG:3413', (0.0, 0.0), 9000.0),
        ('EPSG:3413', (4000.0, -8500.0), 9000.0),
        ('EPSG:3995', (-20000.0, 5000.0), 3000.0),
        ('EPSG:32633', None, 2000.0),
    ],
)
def test_the_polar_tile(make_raster, source, centre, half, order):
    polar = zone_tile(make_raster, 'n00_85', AZIMUTHAL, 0.0, 90.0, cell=300.0)
    below = zone_tile(make_raster, 'n33_80', 'EPSG:32633', 18.0, 84.0)
    cover = LandCover.open(
        'globeland30', [polar, below][::order], max_bend=BEND
    )
    if centre is None:
        centre = move('EPSG:4326', source, [[30.0, 89.8]])[0]
    quad = SQUARE * half + np.asarray(centre)
    outline = shapely.Polygon(dense(quad, source, AZIMUTHAL))
    expected = shares(polar, outline, AZIMUTHAL, cover)
    found = cover.coverage(quad[None], source)
    classes = expected[:-1] / expected[:-1].sum()
    assert np.abs(found.fractions[0, 0] - classes).max() < 1e-6
    assert found.sea[0, 0] == pytest.approx(expected[-1], abs=1e-6)
    assert found.uncovered[0, 0] == 0.0


def test_worldcover_ends_at_84_degrees(make_raster):
    rng = np.random.default_rng(0)
    codes = rng.choice([70, 100, 80], (60, 300)).astype(np.uint8)
    path = make_raster(
        'ESA_WorldCover_10m_2021_v200_N81E015_Map.tif', codes, 'EPSG:4326',
        origin=(15.0, 84.0), res=0.001,
    )  # fmt: skip
    cover = LandCover.open('worldcover', path, max_bend=BEND)
    quads = around('EPSG:32633', 15.15, 84.0, [(0, -1000), (0, 0), (0, 1000)])
    found = cover.coverage(quads, 'EPSG:32633')
    for n, quad in enumerate(quads):
        outline = shapely.Polygon(dense(quad, 'EPSG:32633', 'EPSG:4326'))
        inside = outline.intersection(box(0, 30, 83.0, 84.0))
        out = 1.0 - inside.area / outline.area
        # A degree of longitude shrinks by 0.2 % within a footprint.
        assert found.uncovered[n, 0] == pytest.approx(out, abs=1e-3)
        if out < 1:
            ops = [
                f'{op}(coverage_weight=area_spherical_m2)'
                for op in ('unique', 'frac')
            ]
            frame = geopandas.GeoDataFrame(geometry=[inside], crs='EPSG:4326')
            table = exactextract.exact_extract(
                path, frame, ops, output='pandas'
            )
            columns = cover.product.columns(cover.legend)
            expected = np.zeros(len(cover.classes))
            for code, share in zip(*table.iloc[0], strict=True):
                expected[columns[int(code)]] += share
            assert np.abs(found.fractions[n, 0] - expected).max() < 1e-6
    assert found.valid[2, 0] == 0.0 and not found.fractions[2].any()
