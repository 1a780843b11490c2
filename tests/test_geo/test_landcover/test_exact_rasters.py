"""Rotated and sheared rasters, as products and as scenes; edges; RPCs."""

import exactextract
import geopandas
import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st

from geokr_mm.errors import InputError
from geokr_mm.geo import BuildOptions, KnowledgeIndex, LandCover, build_index
from geokr_mm.geo.scenes.scene import Scene

SQUARE = np.array([[-1.0, 1], [1, 1], [1, -1], [-1, -1]])
WIDTH, HEIGHT = 90, 70


def slanted(angle, shear, x=10.0, y=-10.0):
    return (
        Affine.translation(500000, 5100000)
        @ Affine.rotation(angle)
        @ Affine.shear(shear, 0)
        @ Affine.scale(x, y)
    )


def apply(transform, points):
    x, y = np.asarray(points, float).T
    t = transform
    return np.stack([t.a * x + t.b * y + t.c, t.d * x + t.e * y + t.f], 1)


@pytest.fixture(scope='module')
def codes():
    rng = np.random.default_rng(5)
    return rng.choice([10, 30, 40, 80], (HEIGHT, WIDTH)).astype(np.uint8)


@pytest.fixture(scope='module')
def rasters(tmp_path_factory, codes):
    """Writes the codes once for each transform; returns the path."""
    folder = tmp_path_factory.mktemp('rasters')
    made = {}

    def make(transform, crs='EPSG:32633'):
        key = (tuple(transform), crs)
        if key not in made:
            made[key] = str(folder / f'{len(made)}.tif')
            with rasterio.open(
                made[key], 'w', driver='GTiff', count=1, height=HEIGHT,
                width=WIDTH, dtype='uint8', crs=crs, transform=transform,
            ) as sink:  # fmt: skip
                sink.write(codes, 1)
        return made[key]

    return make


def expected_shares(rasters, cover, quad):
    """exactextract in pixel space, where any affine raster is upright.

    An affine map keeps ratios of areas, so shares do not change.

    Returns:
        tuple: Class fractions, and the share outside the raster.
    """
    upright = rasters(Affine(1, 0, 0, 0, -1, HEIGHT))
    polygon = shapely.Polygon(quad * [1, -1] + [0, HEIGHT])
    inside = polygon.intersection(shapely.box(0, 0, WIDTH, HEIGHT))
    found = np.zeros(len(cover.classes))
    if inside.area > 0:
        table = exactextract.exact_extract(
            upright,
            geopandas.GeoDataFrame(geometry=[inside], crs='EPSG:32633'),
            ['unique', 'frac'],
            output='pandas',
        )
        columns = cover.product.columns(cover.legend)
        for code, share in zip(*table.iloc[0], strict=True):
            found[columns[int(code)]] += share
    return found, 1.0 - inside.area / polygon.area


@given(
    st.sampled_from([0.0, 25.0, 90.0, 137.0, 180.0, 301.0]),
    st.sampled_from([0.0, 8.0, -30.0]),
    st.sampled_from([(10.0, -10.0), (30.0, -12.5), (5.0, 5.0)]),
    st.tuples(st.floats(-10, WIDTH + 10), st.floats(-10, HEIGHT + 10)),
    st.floats(0.3, 40),
    st.floats(0, np.pi),
    st.floats(-1, 1),
)
@settings(max_examples=60, deadline=None)
def test_random_footprints_on_random_rasters(
    rasters, angle, shear, steps, place, half, turn, slope
):
    transform = slanted(angle, shear, *steps)
    cover = LandCover.open('worldcover', rasters(transform), 2021)
    spin = [[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]
    quad = SQUARE @ np.array([[1.0, slope], [0.0, 1.0]]).T
    quad = half * quad @ np.array(spin).T + place
    found = cover.coverage(apply(transform, quad)[None], 'EPSG:32633')
    fractions, outside = expected_shares(rasters, cover, quad)
    assert np.isfinite(found.fractions).all()
    assert found.uncovered[0, 0] == pytest.approx(outside, abs=1e-6)
    assert found.valid[0, 0] == pytest.approx(1.0 - outside, abs=1e-6)
    # Of a sliver in a corner only its size is known well.
    if outside < 0.999:
        assert np.abs(found.fractions[0, 0] - fractions).max() < 1e-6


def test_halves_outside_in_a_grid(rasters):
    cover = LandCover.open('worldcover', rasters(slanted(0.0, 0.0)), 2021)
    ring = np.array([[[-200.0, 0], [200, 0], [200, -400], [-200, -400]]])
    found = cover.coverage(ring + [500000, 5100000], 'EPSG:32633', grid=4)
    assert found.uncovered[0].reshape(4, 4).mean(axis=0).tolist() == [
        1, 1, 0, 0,
    ]  # fmt: skip
    assert not found.fractions[0].reshape(4, 4, -1)[:, :2].any()


@pytest.mark.parametrize('angle', [0.0, 33.0])
def test_slanted_scenes_half_outside_the_map(rasters, tmp_path, angle):
    rng = np.random.default_rng(3)
    transform = slanted(angle, 12.0, 7.0, -6.0)
    scene = str(tmp_path / 's.tif')
    with rasterio.open(
        scene, 'w', driver='GTiff', count=3, height=140, width=160,
        dtype='uint8', crs='EPSG:32633', transform=transform,
    ) as sink:  # fmt: skip
        sink.write(rng.integers(30, 220, (3, 140, 160)).astype(np.uint8))
    ground = slanted(10.0, 0.0, 9.0, -9.0)
    out = str(tmp_path / 'i.parquet')
    build_index(
        BuildOptions(
            (scene,), 'worldcover', (rasters(ground),), 20, out, year=2021,
            without=('dark', 'cloud'),
        )
    )  # fmt: skip
    index = KnowledgeIndex.open(out)
    opened = Scene.open(scene)
    cover = LandCover.open('worldcover', rasters(ground), 2021)
    assert len(index) == 7 * 8
    outsides = []
    for n in range(len(index)):
        w = index.record(n).window
        pixels = np.array(
            [(w.col, w.row), (w.col + 20, w.row),
             (w.col + 20, w.row + 20), (w.col, w.row + 20)]
        )  # fmt: skip
        quad = apply(~ground, apply(transform, pixels))
        fractions, outside = expected_shares(rasters, cover, quad)
        outsides.append(outside)
        if outside < 0.999:
            assert np.abs(index.fractions[n] - fractions).max() < 1e-6
        row = index.frame.iloc[n]
        assert row['valid_fraction'] == pytest.approx(1 - outside, abs=1e-6)
        assert row['sea_fraction'] == row['nodata_fraction'] == 0
        rejected = 'uncovered' in row['verdicts']
        assert rejected == (1 - outside < 0.3) and row['keep'] != rejected
    assert min(outsides) == pytest.approx(0) and max(outsides) > 0.7
    assert 0.2 < np.mean(outsides) < 0.8
    assert opened.gsd() == pytest.approx(42.0**0.5)


RPC = {
    'LINE_OFF': '32', 'SAMP_OFF': '32', 'LAT_OFF': '46', 'LONG_OFF': '14',
    'HEIGHT_OFF': '300', 'LINE_SCALE': '32', 'SAMP_SCALE': '32',
    'LAT_SCALE': '0.1', 'LONG_SCALE': '0.1', 'HEIGHT_SCALE': '500',
    'LINE_NUM_COEFF': ' '.join(['0', '0', '-1'] + ['0'] * 17),
    'LINE_DEN_COEFF': ' '.join(['1'] + ['0'] * 19),
    'SAMP_NUM_COEFF': ' '.join(['0', '1'] + ['0'] * 18),
    'SAMP_DEN_COEFF': ' '.join(['1'] + ['0'] * 19),
}  # fmt: skip


@pytest.mark.filterwarnings('ignore::rasterio.errors.NotGeoreferencedWarning')
@pytest.mark.parametrize('crs', [None, 'EPSG:4326'])
@pytest.mark.parametrize('kind', ['rpc', 'gcp'])
def test_points_and_polynomials_are_refused_with_the_cure(tmp_path, kind, crs):
    path = str(tmp_path / 'raw.tif')
    with rasterio.open(
        path, 'w', driver='GTiff', count=1, height=64, width=64,
        dtype='uint8', crs=crs,
    ) as sink:  # fmt: skip
        sink.write(np.ones((1, 64, 64), np.uint8))
        if kind == 'rpc':
            sink.update_tags(ns='RPC', **RPC)
        else:
            point = rasterio.control.GroundControlPoint
            sink.gcps = (
                [point(0, 0, 14, 46), point(0, 64, 15, 46),
                 point(64, 0, 14, 45)],
                rasterio.crs.CRS.from_epsg(4326),
            )  # fmt: skip
    with pytest.raises(InputError) as caught:
        Scene.open(path)
    words = {
        'rpc': 'RPCs only; rectify it first, e.g. gdalwarp -rpc',
        'gcp': 'ground control points only; rectify it first, e.g. gdalwarp '
        '-tps',
    }
    assert words[kind] in str(caught.value)
    assert caught.value.reason == 'no_geotransform'
