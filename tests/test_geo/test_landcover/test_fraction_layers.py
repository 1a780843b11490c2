"""Products whose files hold percentages, against exactextract's mean."""

import exactextract
import geopandas
import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geokr_mm.errors import InputError
from geokr_mm.geo import LandCover, load_product

NAME = 'PROBAV_LC100_global_v3.0.1_2019-nrt_{}-CoverFraction-layer.tif'
LAYERS = load_product('cgls_lc100_fractions').layers
SQUARE = np.array([[-1.0, 1], [1, 1], [1, -1], [-1, -1]])


@pytest.fixture
def percentages():
    """Ten layers (10, 60, 80) that sum to 100 in every cell."""
    rng = np.random.default_rng(4)
    shares = rng.dirichlet(np.full(len(LAYERS), 0.3), (60, 80))
    whole = np.floor(100 * shares).astype(np.uint8)
    rest = 100 - whole.sum(axis=2)
    whole[..., 0] += rest.astype(np.uint8)
    return np.moveaxis(whole, 2, 0)


@pytest.fixture
def layers(make_raster, percentages):
    def make(crs='EPSG:4326', skip=(), **where):
        where = where or {'origin': (14.0, 61.0), 'res': (0.01, 0.02)}
        return [
            make_raster(f'l/{NAME.format(n)}', plane, crs, **where)
            for n, plane in zip(LAYERS, percentages, strict=True)
            if n not in skip
        ]

    return make


def means(paths, polygons, crs, spherical, nodata=None):
    """Mean percentage of each layer by exactextract, (N, 10)."""
    weight = 'area_spherical_m2' if spherical else 'fraction'
    frame = geopandas.GeoDataFrame(geometry=polygons, crs=crs)
    op = f'mean(coverage_weight={weight})'
    columns = [
        exactextract.exact_extract(p, frame, [op], output='pandas')['mean']
        for p in paths
    ]
    return np.stack(columns, axis=1)


@given(
    st.lists(
        st.tuples(
            st.floats(14.1, 14.7), st.floats(59.95, 60.85),
            st.floats(0.001, 0.09), st.floats(0, np.pi),
        ),
        min_size=1,
        max_size=6,
    ),
    st.booleans(),
)  # fmt: skip
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_fractions_are_the_weighted_mean_percentages(
    layers, places, spherical
):
    paths = layers()
    cover = LandCover.open(
        'cgls_lc100_fractions', paths, legend='native', spherical=spherical
    )
    feet = np.stack(
        [
            [x, y]
            + size * SQUARE @ [[np.cos(a), np.sin(a)], [-np.sin(a), np.cos(a)]]
            for x, y, size, a in places
        ]
    )
    found = cover.fractions(feet, 'EPSG:4326')
    polygons = [shapely.Polygon(f) for f in feet]
    expected = means(paths, polygons, 'EPSG:4326', spherical) / 100
    assert found.dtype == np.float32 and found.shape == (len(feet), 1, 10)
    assert np.abs(found[:, 0] - expected).max() < 1e-6


def test_grid_common_legend_and_year(layers, percentages):
    cover = LandCover.open('cgls_lc100_fractions', layers())
    assert cover.year == 2019 and len(cover.classes) == 10
    # 2 x 2 cells of 10 x 10 raster cells, spherical weights by row.
    foot = 14.2, 60.8, 14.4, 60.4
    corners = np.array(
        [[[foot[0], foot[1]], [foot[2], foot[1]],
          [foot[2], foot[3]], [foot[0], foot[3]]]]
    )  # fmt: skip
    found = cover.coverage(corners, 'EPSG:4326', grid=2)
    lat = np.radians(61.0 - 0.02 * np.arange(61))
    weight = -np.diff(np.sin(lat))[:, None]
    common = cover.product.common
    for cell, (row, col) in enumerate(
        ((10, 20), (10, 30), (20, 20), (20, 30))
    ):
        part = slice(row, row + 10), slice(col, col + 10)
        w = np.broadcast_to(weight[part[0]], (10, 10))
        expected = np.zeros(10)
        for plane, name in zip(percentages, common, strict=True):
            share = (plane[part] * w).sum() / w.sum() / 100
            expected[cover.classes.index(name)] += share
        assert np.abs(found.fractions[0, cell] - expected).max() < 1e-6
        assert found.valid[0, cell] == 1


def test_nodata_and_outside_are_left_out_of_the_mean(make_raster, percentages):
    planes = percentages.copy()
    planes[:, :, 40:] = 255
    paths = [
        make_raster(f'n/{NAME.format(n)}', plane, nodata=255, res=100.0)
        for n, plane in zip(LAYERS, planes, strict=True)
    ]
    cover = LandCover.open('cgls_lc100_fractions', paths, legend='native')
    top = 5100000.0
    # 20 x 20 cells: half of them nodata; then half of them above the file.
    feet = np.array(
        [
            [[503000, top], [505000, top],
             [505000, top - 2000], [503000, top - 2000]],
            [[500000, top + 1000], [502000, top + 1000],
             [502000, top - 1000], [500000, top - 1000]],
        ],
        float,
    )  # fmt: skip
    found = cover.coverage(feet, 'EPSG:32633')
    assert found.nodata[:, 0].tolist() == pytest.approx([0.5, 0.0])
    assert found.valid[:, 0].tolist() == pytest.approx([0.5, 0.5])
    assert found.uncovered[:, 0].tolist() == pytest.approx([0.0, 0.5])
    for n, part in enumerate((planes[:, :20, 30:40], planes[:, :10, :20])):
        expected = part.reshape(10, -1).mean(axis=1) / 100
        assert np.abs(found.fractions[n, 0] - expected).max() < 1e-6


def test_layers_that_do_not_sum_to_100_keep_their_proportions(make_raster):
    paths = [
        make_raster(
            f'p/{NAME.format(n)}',
            np.full((10, 10), {'Tree': 60, 'Crops': 20}.get(n, 0), np.uint8),
            res=100.0,
        )
        for n in LAYERS
    ]
    cover = LandCover.open('cgls_lc100_fractions', paths)
    foot = np.array([500500.0, 5099500.0]) + 300 * SQUARE
    found = cover.coverage(foot[None], 'EPSG:32633')
    values = dict(zip(cover.classes, found.fractions[0, 0], strict=True))
    assert values['forest'] == pytest.approx(0.75)
    assert values['cultivated'] == pytest.approx(0.25)
    assert found.valid[0, 0] == 1


def test_wrong_files_are_told(layers, make_raster, percentages):
    with pytest.raises(InputError, match='there is none for Snow; add'):
        LandCover.open('cgls_lc100_fractions', layers(skip=('Snow',)))
    odd = make_raster('PROBAV_LC100_v3.0.1_2019-nrt_Fog.tif', percentages[0])
    with pytest.raises(InputError, match=r'Fog.tif: no layer of product'):
        LandCover.open('cgls_lc100_fractions', [*layers(), odd])
    percentages[0, 3, 3] = 103
    cover = LandCover.open('cgls_lc100_fractions', layers())
    with pytest.raises(InputError, match='code 103 is not in the legend'):
        cover.fractions((np.array([14.04, 60.92]) + 0.03 * SQUARE)[None],
                        'EPSG:4326')  # fmt: skip
