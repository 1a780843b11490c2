"""Agreement with the library exactextract, and what counts as valid."""

import exactextract
import geopandas
import numpy as np
import pytest
import shapely
from affine import Affine
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from geokr_mm.errors import InputError
from geokr_mm.geo import LandCover, class_fractions
from geokr_mm.geo.geometry.reproject import project_rings
from geokr_mm.geo.geometry.rings import as_rings

GEOGRAPHIC = {'origin': (14.0, 46.0), 'res': (0.0005, 0.0005)}


def exact(path, polygons, crs, cover, spherical):
    """The same fractions by exactextract, in the legend of ``cover``."""
    weight = 'area_spherical_m2' if spherical else 'fraction'
    ops = [f'{op}(coverage_weight={weight})' for op in ('unique', 'frac')]
    frame = geopandas.GeoDataFrame(geometry=polygons, crs=crs)
    table = exactextract.exact_extract(path, frame, ops, output='pandas')
    columns = cover.product.columns(cover.legend)
    expected = np.zeros((len(polygons), len(cover.classes)))
    for n, (codes, shares) in enumerate(table.itertuples(index=False)):
        for code, share in zip(codes, shares, strict=True):
            expected[n, columns[int(code)]] += share
    return expected


def random_quads(rng, n, left, top, width, height, small, large):
    centre = rng.uniform([left, top - height], [left + width, top], (n, 2))
    half = rng.uniform(small, large, (n, 1, 1)) / 2
    angle = rng.uniform(0, np.pi, n)
    turn = np.stack(
        [np.cos(angle), -np.sin(angle), np.sin(angle), np.cos(angle)], 1
    ).reshape(n, 2, 2)
    square = np.array([[-1.0, 1], [1, 1], [1, -1], [-1, -1]])
    return centre[:, None] + half * np.einsum('nij,vj->nvi', turn, square)


@pytest.mark.parametrize('legend', ['common', 'native'])
def test_projected_product_equals_exactextract(
    make_raster, cover_codes, legend
):
    path = make_raster('c.tif', cover_codes)
    cover = LandCover.open('worldcover', path, year=2021, legend=legend)
    quads = random_quads(
        np.random.default_rng(1), 60, 500100, 5099900, 1300, 1000, 15, 400
    )
    inside = shapely.box(500000, 5098800, 501500, 5100000)
    quads = quads[[inside.contains(shapely.Polygon(q)) for q in quads]]
    polygons = [shapely.Polygon(q) for q in quads]
    found = cover.fractions(quads, 'EPSG:32633')[:, 0]
    expected = exact(path, polygons, 'EPSG:32633', cover, False)
    assert len(quads) > 30
    assert np.abs(found - expected).max() < 1e-6


@pytest.mark.parametrize('spherical', [True, False])
def test_geographic_product_equals_exactextract_by_either_weight(
    make_raster, cover_codes, spherical
):
    # 60 degrees tall cells would hide nothing: rows differ by a third.
    path = make_raster(
        'g.tif',
        cover_codes,
        'EPSG:4326',
        origin=(10.0, 70.0),
        res=(0.1, 0.25),
    )
    cover = LandCover.open('worldcover', path, year=2021, spherical=spherical)
    quads = random_quads(
        np.random.default_rng(2), 40, 12, 66, 10, 22, 0.5, 4.0
    )
    found = cover.fractions(quads, 'EPSG:4326')[:, 0]
    polygons = [shapely.Polygon(q) for q in quads]
    expected = exact(path, polygons, 'EPSG:4326', cover, spherical)
    assert np.abs(found - expected).max() < 1e-6
    other = exact(path, polygons, 'EPSG:4326', cover, not spherical)
    assert np.abs(found - other).max() > 1e-4


def test_footprint_in_another_crs_equals_its_projected_corners(
    make_raster, cover_codes
):
    path = make_raster('g.tif', cover_codes, 'EPSG:4326', **GEOGRAPHIC)
    cover = LandCover.open('worldcover', path, year=2021)
    quads = random_quads(
        np.random.default_rng(3), 40, 423500, 5093000, 4000, 4000, 100, 700
    )
    projected = project_rings(
        as_rings(quads), 'EPSG:32633', 'EPSG:4326', (0.0005, 0.0005)
    )
    assert (np.diff(projected.starts) == 4).all()
    polygons = [shapely.Polygon(projected[n]) for n in range(len(quads))]
    expected = exact(path, polygons, 'EPSG:4326', cover, True)
    found = cover.fractions(quads, 'EPSG:32633')[:, 0]
    assert np.abs(found - expected).max() < 1e-6


@given(
    st.lists(
        st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=3, max_size=8
    )
)
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_random_polygons_equal_exactextract(make_raster, cover_codes, places):
    hull = shapely.MultiPoint(places).convex_hull
    assume(hull.geom_type == 'Polygon' and hull.area > 1e-4)
    ring = shapely.get_coordinates(hull)[:-1]
    polygon = shapely.Polygon(ring * [1500, -1200] + [500000, 5100000])
    path = make_raster('c.tif', cover_codes)
    cover = LandCover.open('worldcover', path, year=2021)
    found = cover.fractions([polygon], 'EPSG:32633')[:, 0]
    expected = exact(path, [polygon], 'EPSG:32633', cover, False)
    assert np.abs(found - expected).max() < 1e-6


def test_long_edges_are_densified(make_raster):
    # 40 km at 60 degrees bends 55 m (performance notes): many 10 m cells.
    rows = np.arange(900)[:, None]
    cols = np.arange(1500)[None]
    codes = np.where((rows + cols) % 2, 10, 30).astype(np.uint8)
    path = make_raster(
        'g.tif', codes, 'EPSG:4326', origin=(17.9, 60.6), res=(0.001, 0.001)
    )
    cover = LandCover.open('worldcover', path, year=2021)
    corners = np.array(
        [[6.7e5, 6.71e6], [7.1e5, 6.71e6], [7.1e5, 6.67e6], [6.7e5, 6.67e6]]
    )[None]
    ring = project_rings(
        as_rings(corners), 'EPSG:32633', 'EPSG:4326', (0.001, 0.001)
    )
    assert len(ring.points) > 8
    fine = project_rings(
        as_rings(corners), 'EPSG:32633', 'EPSG:4326', (1e-7, 1e-7)
    )
    polygon = shapely.Polygon(fine[0])
    straight = shapely.Polygon(ring.points)
    gap = polygon.symmetric_difference(straight).area / polygon.area
    assert gap < 1e-4
    expected = exact(path, [polygon], 'EPSG:4326', cover, True)
    found = cover.fractions(corners, 'EPSG:32633')[:, 0]
    assert np.abs(found - expected).max() < 1e-4


def test_grid_cells_add_up_and_lie_row_by_row(make_raster):
    codes = np.zeros((40, 40), np.uint8)
    codes[:20, :20], codes[:20, 20:] = 10, 30
    codes[20:, :20], codes[20:, 20:] = 40, 50
    cover = LandCover.open('worldcover', make_raster('q.tif', codes), 2021)
    corners = np.array(
        [
            [500000.0, 5100000],
            [500400, 5100000],
            [500400, 5099600],
            [500000, 5099600],
        ]
    )[None]
    found = class_fractions(cover, corners, 'EPSG:32633', grid=2)[0]
    names = [cover.classes[k] for k in found.argmax(axis=1)]
    assert names == ['forest', 'grassland', 'cultivated', 'artificial']
    assert np.allclose(found.max(axis=1), 1.0)
    whole = class_fractions(cover, corners, 'EPSG:32633')[0, 0]
    assert np.allclose(found.mean(axis=0), whole, atol=1e-7)


def test_rotated_and_sheared_rasters(make_raster):
    rng = np.random.default_rng(5)
    codes = rng.choice([10, 30, 40, 80], (80, 90)).astype(np.uint8)
    transform = (
        Affine.translation(500000, 5100000)
        * Affine.rotation(25)
        * Affine.shear(8, 0)
        * Affine.scale(10, -12)
    )
    path = make_raster('r.tif', codes, transform=transform)
    cover = LandCover.open('worldcover', path, year=2021, legend='native')
    corners = np.array([[20.3, 15.1], [60.2, 14.0], [61.5, 50.7], [19, 52.0]])
    ground = np.array([transform * tuple(c) for c in corners])[None]
    found = cover.fractions(ground, 'EPSG:32633')[0, 0]
    # In pixel space the raster is upright, and shares do not change.
    upright = shapely.Polygon(corners)
    expected = np.zeros(len(cover.classes))
    columns = cover.product.columns(cover.legend)
    for row in range(80):
        for col in range(90):
            box = shapely.box(col, row, col + 1, row + 1)
            area = upright.intersection(box).area
            expected[columns[codes[row, col]]] += area / upright.area
    assert np.abs(found - expected).max() < 1e-6


def test_nodata_sea_and_outside_are_told_apart(make_raster):
    codes = np.full((20, 40), 60, np.uint8)
    codes[:, 10:20] = 255
    codes[:, 20:25] = 0
    path = make_raster('n49_30_2010lc030.tif', codes)
    cover = LandCover.open('globeland30', path)
    x0, y0 = 500000.0, 5100000.0
    corners = np.array(
        [[x0, y0], [x0 + 500, y0], [x0 + 500, y0 - 200], [x0, y0 - 200]]
    )[None]
    found = cover.coverage(corners, 'EPSG:32633')
    assert found.valid[0, 0] == pytest.approx(0.5)
    assert found.sea[0, 0] == pytest.approx(0.2)
    assert found.nodata[0, 0] == pytest.approx(0.1)
    assert found.uncovered[0, 0] == pytest.approx(0.2)
    assert found.fractions[0, 0, cover.classes.index('water')] == 1.0


def test_nothing_known_is_zero_and_says_so(make_raster):
    codes = np.zeros((20, 20), np.uint8)
    cover = LandCover.open('worldcover', make_raster('z.tif', codes), 2021)
    far = np.array([[[0.0, 0], [10, 0], [10, -10], [0, -10]]])
    near = far + [500050, 5099950]
    for corners, name in ((far, 'uncovered'), (near, 'nodata')):
        found = cover.coverage(corners, 'EPSG:32633')
        assert not found.fractions.any()
        assert found.valid[0, 0] == 0
        assert getattr(found, name)[0, 0] == 1.0


def test_cover_map_is_a_picture_of_the_footprint(make_raster):
    codes = np.zeros((20, 40), np.uint8)
    codes[:10, 10:], codes[10:, 10:] = 10, 80
    cover = LandCover.open('worldcover', make_raster('p.tif', codes), 2021)
    corners = np.array([[0.0, 0], [400, 0], [400, -200], [0, -200]])
    found = cover.class_map(corners + [500000, 5100000], 'EPSG:32633', 4)
    forest, water = map(cover.classes.index, ('forest', 'water'))
    assert found.dtype == np.uint8
    assert (found[:, 0] == 255).all()
    assert (found[:2, 1:] == forest).all() and (found[2:, 1:] == water).all()


def test_codes_that_fold_add_up(make_raster):
    codes = np.full((10, 10), 10, np.uint8)
    codes[:, :3], codes[:, 3:5] = 71, 77
    path = make_raster('n33_65_2020lc030.tif', codes)
    cover = LandCover.open('globeland30', path)
    assert cover.year == 2020
    corners = np.array([[[0.0, 0], [100, 0], [100, -100], [0, -100]]])
    found = cover.fractions(corners + [500000, 5100000], 'EPSG:32633')[0, 0]
    assert found[cover.classes.index('tundra')] == pytest.approx(0.5)
    assert found[cover.classes.index('cultivated')] == pytest.approx(0.5)


def test_unknown_code_is_an_error_with_a_histogram(make_raster):
    codes = np.full((10, 10), 10, np.uint8)
    codes[:2, :5] = 11
    path = make_raster('odd.tif', codes)
    cover = LandCover.open('worldcover', path, year=2021)
    corners = np.array([[[0.0, 0], [100, 0], [100, -100], [0, -100]]])
    with pytest.raises(InputError) as caught:
        cover.fractions(corners + [500000, 5100000], 'EPSG:32633')
    text = str(caught.value)
    assert path in text and 'code 11 ' in text and '10: 90, 11: 10' in text
    assert '\n' not in text


def test_unknown_code_outside_the_footprint_does_not_matter(make_raster):
    codes = np.full((10, 10), 10, np.uint8)
    codes[9, 9] = 254
    cover = LandCover.open('worldcover', make_raster('o.tif', codes), 2021)
    corners = np.array([[[0.0, 0], [50, 0], [50, -50], [0, -50]]])
    found = cover.fractions(corners + [500000, 5100000], 'EPSG:32633')
    assert found[0, 0, cover.classes.index('forest')] == 1.0


def test_wide_codes_are_packed(make_raster, tmp_path):
    text = (
        'name: wide\nyears: [2020]\nnodata: [0]\nclasses:\n'
        '- {code: 1200, name: a, color: [1, 2, 3], common: forest}\n'
        '- {code: -5, name: b, color: [1, 2, 3], common: water}\n'
    )
    (tmp_path / 'wide.yaml').write_text(text)
    codes = np.full((10, 10), 1200, np.int16)
    codes[:, 6:] = -5
    codes[:, 9] = -32768
    path = make_raster('w.tif', codes, nodata=-32768)
    cover = LandCover.open(str(tmp_path / 'wide.yaml'), path, legend='native')
    corners = np.array([[[0.0, 0], [100, 0], [100, -100], [0, -100]]])
    found = cover.coverage(corners + [500000, 5100000], 'EPSG:32633')
    assert np.allclose(found.fractions[0, 0], [6 / 9, 3 / 9])
    assert found.nodata[0, 0] == pytest.approx(0.1)
    bad = make_raster('b.tif', np.where(codes > 0, 777, codes))
    wrong = LandCover.open(str(tmp_path / 'wide.yaml'), bad)
    with pytest.raises(InputError, match='code -32768, 777 is not'):
        wrong.fractions(corners + [500000, 5100000], 'EPSG:32633')


def test_footprint_shapes_are_checked(make_raster, cover_codes):
    cover = LandCover.open(
        'worldcover', make_raster('c.tif', cover_codes), year=2021
    )
    box = shapely.box(0, 0, 9, 9)
    cases = [
        (np.zeros((3, 4)), 'N, vertices, 2'),
        (np.zeros((3, 2)), 'row 0 has 2 vertices'),
        ([[(0, 0), (1, 1)]], 'row 0 has 2 vertices, a polygon needs 3'),
        ([[(0, 0), (1, np.nan), (2, 2)]], 'not finite'),
    ]
    for footprints, words in cases:
        with pytest.raises(InputError, match=words):
            cover.fractions(footprints, 'EPSG:32633')
    with pytest.raises(InputError, match='four corners'):
        cover.fractions([[(0, 0), (1, 1), (2, 0)]], 'EPSG:32633', grid=2)
    with pytest.raises(InputError, match='unknown CRS'):
        cover.fractions([box], 'EPSG:1')
    assert cover.fractions([], 'EPSG:32633').shape == (0, 1, 10)
