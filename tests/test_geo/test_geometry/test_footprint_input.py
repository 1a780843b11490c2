"""Footprints with holes, of several parts, in tables: exact and alone."""

import exactextract
import geopandas
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geokr_mm.errors import InputError, InputWarning
from geokr_mm.geo import LandCover, class_fractions

CRS = 'EPSG:32633'
LEFT, TOP = 500000.0, 5100000.0


def box(left, bottom, right, top):
    """A rectangle in metres from the upper left corner of the map."""
    return shapely.box(LEFT + left, TOP + bottom, LEFT + right, TOP + top)


@pytest.fixture
def cover(make_raster, cover_codes):
    return LandCover.open(
        'worldcover', make_raster('c.tif', cover_codes), year=2021
    )


@pytest.fixture
def halves(make_raster):
    """Forest in the left half, water in the right one, 400 m wide."""
    codes = np.full((40, 40), 10, np.uint8)
    codes[:, 20:] = 80
    return LandCover.open('worldcover', make_raster('h.tif', codes), 2021)


def exact(path, shape, crs, cover, spherical):
    """Fractions of one shape by exactextract, in the legend of ``cover``."""
    weight = 'area_spherical_m2' if spherical else 'fraction'
    ops = [f'{op}(coverage_weight={weight})' for op in ('unique', 'frac')]
    frame = geopandas.GeoDataFrame(geometry=[shape], crs=crs)
    table = exactextract.exact_extract(path, frame, ops, output='pandas')
    columns = cover.product.columns(cover.legend)
    expected = np.zeros(len(cover.classes))
    for code, part in zip(*table.iloc[0], strict=True):
        expected[columns[int(code)]] += part
    return expected


def share(cover, found, name):
    return found[cover.classes.index(name)]


def test_a_hole_is_not_counted(halves):
    # 200 x 200 m over the border; the hole takes a quarter, all of it forest.
    ring = box(100, -300, 300, -100)
    holed = ring.difference(box(100.0, -250, 200, -150).buffer(-1e-6))
    inner = ring.difference(box(120, -250, 180, -150))
    found = halves.coverage([ring, holed, inner], CRS)
    forest = halves.classes.index('forest')
    assert found.fractions[0, 0, forest] == pytest.approx(0.5)
    assert found.fractions[1, 0, forest] == pytest.approx(1 / 3, abs=1e-6)
    assert found.fractions[2, 0, forest] == pytest.approx(14 / 34, abs=1e-7)
    assert np.allclose(found.valid, 1)


def test_parts_share_one_answer(halves):
    # A part beside the map is as much part of the footprint.
    parts = [box(0, -100, 100, 0), box(300, -50, 400, 0)]
    found = halves.coverage([shapely.MultiPolygon(parts)], CRS)
    water = halves.classes.index('water')
    assert found.fractions[0, 0, water] == pytest.approx(1 / 3, abs=1e-7)
    far = [*parts, box(-900, -150, -800, 0)]
    found = halves.coverage([shapely.MultiPolygon(far)], CRS)
    assert found.fractions[0, 0, water] == pytest.approx(1 / 3, abs=1e-7)
    assert found.uncovered[0, 0] == pytest.approx(0.5, abs=1e-7)
    assert found.valid[0, 0] == pytest.approx(0.5, abs=1e-7)
    # Parts that share a border add nothing twice.
    touching = shapely.MultiPolygon(
        [box(0, -100, 100, 0), box(100, -100, 300, 0)]
    )
    assert not touching.is_valid
    found = halves.fractions(touching, CRS)[0, 0]
    assert found[water] == pytest.approx(1 / 3, abs=1e-7)


@given(st.integers(0, 10_000))
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_any_shape_equals_exactextract(make_raster, cover_codes, seed):
    rng = np.random.default_rng(seed)
    discs = shapely.points(rng.uniform([0, -1200], [1500, 0], (9, 2)))
    discs = shapely.buffer(discs, rng.uniform(20, 300, 9), quad_segs=3)
    shape = shapely.union_all(discs[:5])
    shape = shape.difference(shapely.union_all(discs[5:]))
    # Many small holes as well.
    pits = shapely.points(rng.uniform([0, -1200], [1500, 0], (40, 2)))
    shape = shape.difference(shapely.union_all(shapely.buffer(pits, 6)))
    shape = shapely.transform(shape, lambda p: p + [LEFT, TOP])
    shape = shape.intersection(box(0, -1200, 1500, 0))
    path = make_raster('c.tif', cover_codes)
    cover = LandCover.open('worldcover', path, year=2021)
    found = cover.coverage([shape], CRS)
    expected = exact(path, shape, CRS, cover, False)
    assert np.abs(found.fractions[:, 0] - expected).max() < 1e-6
    assert found.valid[0, 0] == pytest.approx(1, abs=1e-6)


def test_holes_over_true_areas_equal_exactextract(make_raster, cover_codes):
    path = make_raster(
        'g.tif', cover_codes, 'EPSG:4326', (14.0, 46.0), (0.0005, 0.0005)
    )
    cover = LandCover.open('worldcover', path, year=2021)
    shape = shapely.box(14.011, 45.951, 14.064, 45.992)
    shape = shape.difference(shapely.box(14.02, 45.96, 14.031, 45.983))
    shape = shape.union(shapely.box(14.0661, 45.9431, 14.0719, 45.9912))
    found = cover.fractions(shape, 'EPSG:4326')[:, 0]
    expected = exact(path, shape, 'EPSG:4326', cover, True)
    assert np.abs(found - expected).max() < 1e-6


def test_parts_in_several_zones_weigh_by_true_area(make_raster):
    """Zones measure the same ground with other scales; parts do not."""
    files = []
    for zone, code, left in ((33, 10, 730000.0), (34, 60, 230000.0)):
        files.append(
            make_raster(
                f'n{zone}_50_2020lc030.tif',
                np.full((300, 300), code, np.uint8),
                f'EPSG:326{zone}',
                (left, 5500000.0),
                30.0,
            )
        )
    cover = LandCover.open('globeland30', files)
    lonlat = [
        geopandas.GeoSeries([shapely.box(x, 5494e3, x + 1e3, 5495e3)], crs=crs)
        for x, crs in ((733e3, 'EPSG:32633'), (233e3, 'EPSG:32634'))
    ]
    lonlat = pd.concat([part.to_crs(4326) for part in lonlat])
    parts = list(lonlat)
    alone = cover.coverage(parts, 'EPSG:4326')
    assert np.allclose(alone.valid, 1)
    area = lonlat.to_crs('+proj=cea +R=6371008.8').area.to_numpy()
    found = cover.fractions(shapely.MultiPolygon(parts), 'EPSG:4326')[0, 0]
    expected = area @ alone.fractions[:, 0] / area.sum()
    assert 0.4 < share(cover, found, 'water') < 0.6
    assert np.abs(found - expected).max() < 1e-7


def test_holes_around_and_beside_a_pole(make_raster):
    """West of Greenwich grassland, east of it forest, up to the pole."""
    codes = np.full((100, 3600), 10, np.uint8)
    codes[:, :1800] = 30
    path = make_raster('n.tif', codes, 'EPSG:4326', (-180.0, 90.0), 0.1)
    cover = LandCover.open('worldcover', path, 2021)
    disc = shapely.Point(0, 0).buffer(400e3, quad_segs=64)
    beside = shapely.Point(100e3, 100e3).buffer(50e3, quad_segs=64)
    shapes = [
        disc,
        disc.difference(shapely.Point(0, 0).buffer(200e3)),
        disc.difference(beside),
    ]
    found = cover.fractions(shapes, 'EPSG:3995')[:, 0]
    forest = found[:, cover.classes.index('forest')]
    assert np.allclose(forest[:2], 0.5, atol=1e-6)
    # In the plane; the sphere's true areas differ by a little.
    expected = (disc.area / 2 - beside.area) / (disc.area - beside.area)
    assert forest[2] == pytest.approx(expected, abs=1e-4)


def test_forms_of_one_polygon(halves):
    corners = np.array([[100.0, -100], [300, -100], [300, -300], [100, -300]])
    corners += [LEFT, TOP]
    polygon = shapely.Polygon(corners)
    series = geopandas.GeoSeries([polygon], crs=CRS)
    closed = np.concatenate([corners, corners[:1]])
    forms = [
        corners,
        closed,
        closed[None],
        corners.tolist(),
        polygon,
        [polygon],
        shapely.MultiPolygon([polygon]),
        shapely.force_3d(polygon, 7.0),
        [np.concatenate([corners[:3], corners[2:]])],
        series,
        series.to_numpy(),
        geopandas.GeoDataFrame(geometry=series),
        geopandas.GeoDataFrame({'place': series}, geometry='place'),
    ]
    for form in forms:
        found = halves.fractions(form, CRS)
        assert found.shape == (1, 1, 10)
        assert share(halves, found[0, 0], 'forest') == pytest.approx(0.5)
    found = class_fractions(halves, series)
    assert share(halves, found[0, 0], 'forest') == pytest.approx(0.5)


def test_crs_of_a_series_is_used(halves):
    shapes = geopandas.GeoSeries([box(100, -300, 150, -100)], crs=CRS)
    there = shapes.to_crs(4326)
    for crs in (None, 4326, 'OGC:CRS84', there.crs):
        found = halves.fractions(there, crs)[0, 0]
        assert share(halves, found, 'forest') == pytest.approx(1)
    with pytest.raises(InputError, match='EPSG:4326, but crs is EPSG:32633'):
        halves.fractions(there, CRS)
    with pytest.raises(InputError, match='no CRS; give it with crs'):
        halves.fractions(there.set_crs(None, allow_override=True))
    local = 'LOCAL_CS["site",UNIT["metre",1],AXIS["E",EAST],AXIS["N",NORTH]]'
    for wrong, words in (
        (local, "footprints: its CRS 'site' is local"),
        ('EPSG:4978', 'is geocentric'),
        ('IAU_2015:30100', 'no way to longitude and latitude on Earth'),
        ('EPSG:0', 'footprints: unknown CRS'),
    ):
        with pytest.raises(InputError, match=words):
            halves.fractions([box(0, -9, 9, 0)], wrong)


def test_grid_of_geometries_starts_upper_left(halves):
    polygon = box(100, -300, 300, -100)
    turned = [
        shapely.Polygon(np.roll(polygon.exterior.coords[:-1], k, 0)[::way])
        for k in range(4)
        for way in (-1, 1)
    ]
    found = halves.fractions(geopandas.GeoSeries(turned, crs=CRS), grid=2)
    forest = halves.classes.index('forest')
    assert np.allclose(found[:, :, forest], [1, 0, 1, 0])


BAD = {
    'has no geometry': None,
    'is an empty Polygon': shapely.Polygon(),
    'is a Point, not a polygon': shapely.Point(LEFT, TOP),
    'is a LineString': shapely.LineString([(LEFT, TOP), (LEFT + 9, TOP)]),
    'crosses itself near': shapely.Polygon(
        np.array([[100, 0], [300, -500], [300, 0], [100, -500]]) + [LEFT, TOP]
    ),
    'has no area': shapely.Polygon(
        np.array([[0.1, 0.1], [100.2, 50.15], [200.3, 100.2]]) + [LEFT, TOP]
    ),
    'coordinate that is not finite': shapely.Polygon(
        [(LEFT, TOP), (LEFT + 9, np.nan), (LEFT + 9, TOP + 9)]
    ),
    'has 2 vertices': [(LEFT, TOP), (LEFT + 9, TOP)],
    'parts that lie over one another': shapely.MultiPolygon(
        [box(0, -9, 9, 0), box(5, -9, 20, 0)]
    ),
    'no valid polygon: hole lies outside': shapely.Polygon(
        box(0, -9, 9, 0).exterior, [box(20, -9, 29, 0).exterior]
    ),
}


@pytest.mark.parametrize('words', BAD)
def test_a_bad_row_is_named_and_changes_no_other(cover, words):
    good = [box(11, -333, 222, -7), box(600, -700, 912, -44)]
    alone = cover.coverage(good, CRS)
    rows = [good[0], BAD[words], good[1], BAD[words]]
    with pytest.raises(InputError, match=f'row 1 .*{words}.*and 1 more'):
        cover.coverage(rows, CRS)
    with pytest.warns(InputWarning, match=f'2 of 4 rows .*row 1 .*{words}'):
        found = cover.coverage(rows, CRS, invalid='empty')
    for name in ('fractions', 'valid', 'sea', 'nodata', 'uncovered'):
        values = getattr(found, name)
        assert (values[[0, 2]] == getattr(alone, name)).all()
        assert (values[[1, 3]] == 0).all()


def test_bad_corners_of_an_array_are_named(cover):
    square = np.array([[0.0, 0], [90, 0], [90, -90], [0, -90]]) + [LEFT, TOP]
    shift = np.array([[200.0, -200.0]])
    corners = np.stack([square, square[[0, 1, 3, 2]], square + shift])
    for grid in (1, 2):
        with pytest.raises(InputError, match='row 1 crosses itself'):
            cover.coverage(corners, CRS, grid)
        with pytest.warns(InputWarning, match='1 of 3 rows'):
            found = cover.coverage(corners, CRS, grid, invalid='empty')
        alone = cover.coverage(corners[[0, 2]], CRS, grid)
        assert (found.fractions[[0, 2]] == alone.fractions).all()
        assert found.fractions.shape[1] == grid**2
        assert not found.fractions[1].any() and not found.valid[1].any()
    dart = square.copy()
    dart[2] = square[0] + [20, -20]
    assert cover.fractions(dart, CRS).sum() == pytest.approx(1)
    with pytest.raises(InputError, match='row 0 is not convex'):
        cover.fractions(dart, CRS, grid=2)
    with pytest.raises(InputError, match='row 1 has 3 corners'):
        cover.fractions([square, square[:3]], CRS, grid=2)
    with pytest.raises(InputError, match="invalid='skip'"):
        cover.fractions(square, CRS, invalid='skip')


def test_a_table_comes_back_as_a_table(halves):
    shapes = [box(100, -300, 250, -100), None, box(350, -100, 450, 0)]
    frame = geopandas.GeoDataFrame(
        {'id': [1, 2, 3]}, geometry=shapes, crs=CRS, index=['a', 'b', 'c']
    )
    with pytest.raises(InputError, match=r"row 1 \('b'\) has no geometry"):
        halves.fractions(frame, as_frame=True)
    with pytest.warns(InputWarning):
        found = halves.fractions(frame, as_frame=True, invalid='empty')
    assert list(found.columns) == [
        *halves.classes, 'valid', 'sea', 'nodata', 'uncovered',
    ]  # fmt: skip
    assert list(found.index) == ['a', 'b', 'c']
    assert found.loc['a', 'forest'] == pytest.approx(2 / 3)
    assert found.loc['c', 'water'] == 1
    assert found.loc['c', 'uncovered'] == pytest.approx(0.5)
    assert (found.loc['b'] == 0).all()
    assert len(frame.join(found)) == 3
    cells = halves.fractions(frame.drop(index='b'), grid=2, as_frame=True)
    assert cells.index.names == [None, 'cell']
    assert cells.loc[('a', 1), 'water'] == pytest.approx(2 / 3)
    assert cells.loc[('c', 3), 'uncovered'] == 1
    plain = halves.fractions(shapes[:1], CRS, as_frame=True)
    assert list(plain.index) == [0]
    with pytest.raises(InputError, match='without a column of geometries'):
        halves.fractions(frame.drop(columns='geometry'), CRS)
