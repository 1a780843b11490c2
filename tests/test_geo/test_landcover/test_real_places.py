"""The real scenes and maps: counts and values known beforehand."""

import numpy as np
import pytest

from geokr_mm.geo import (
    BuildOptions,
    KnowledgeIndex,
    LandCover,
    Scene,
    build_index,
    read_patch,
)


def test_zion(shared_data, tmp_path):
    zion = shared_data / 'zion'
    out = tmp_path / 'zion.parquet'
    build_index(
        BuildOptions(
            (str(zion / 'landsat_b?.tif'),),
            'nlcd',
            (str(zion / 'nlcd2011.tif'),),
            64,
            str(out),
        )
    )
    index = KnowledgeIndex.open(out)
    assert len(index) == 374
    assert index.metadata.bands == ('b2', 'b3', 'b4', 'b5')
    assert index.metadata.product_year == 2011
    assert set(index.frame['scene']) == {'landsat'}
    assert index.frame['gsd'][0] == 30.0
    # Cells of the whole map: evergreen, deciduous and mixed forest make
    # 767,537 of 1,458,207; shrub 545,771 (counted with numpy).
    mean = dict(zip(index.classes, index.fractions.mean(0), strict=True))
    assert mean['forest'] == pytest.approx(0.526, abs=0.03)
    assert mean['shrubland'] == pytest.approx(0.374, abs=0.03)
    pixels = read_patch(index.record(100), ['b5', 'b4'])
    assert pixels.shape == (2, 64, 64) and pixels.dtype == np.uint16


def test_nlcd_grouped_and_full_agree(shared_data):
    zion = shared_data / 'zion'
    full = LandCover.open('nlcd', zion / 'nlcd2011.tif')
    general = LandCover.open('nlcd8', zion / 'nlcd.tif')
    scene = Scene.open(zion / 'landsat_b2.tif')
    corners = scene.corners(scene.windows(128, 128))
    a = full.fractions(corners, scene.crs, grid=2)
    b = general.fractions(corners, scene.crs, grid=2)
    assert np.abs(a - b).max() < 1e-6


@pytest.mark.slow
def test_whole_earth_tells_sea_from_land(shared_data):
    earth = shared_data / 'whole_earth'
    scene = Scene.open(earth / 'blue_marble_200412.tif')
    assert scene.bands == ('red', 'green', 'blue')
    # Its name holds the month only, its tag when the file was written.
    assert scene.date is None
    windows = scene.windows(64, 64)
    assert len(windows) == 3528
    cover = LandCover.open('glcnmo', earth / 'glcnmo2008_20class.tif')
    assert cover.year == 2008
    found = cover.coverage(scene.corners(windows), scene.crs)
    total = found.valid + found.sea + found.nodata + found.uncovered
    assert np.allclose(total, 1.0, atol=1e-6)
    assert (found.valid >= 0.3).sum() == pytest.approx(1300, abs=50)
    lon, lat = scene.centres(windows).T

    def at(x, y):
        return int(np.hypot(lon - x, lat - y).argmin())

    assert found.sea[at(-150, 0), 0] == 1.0  # Pacific
    assert found.valid[at(22, 0), 0] == 1.0  # Congo
    lake = at(-87.5, 47.5)  # Lake Superior is water, not sea
    assert found.sea[lake, 0] < 0.05
    assert found.fractions[lake, 0, cover.classes.index('water')] > 0.3


def test_slovenian_dates_and_bands(shared_data, tmp_path):
    folder = shared_data / 's2_slovenia'
    out = tmp_path / 's2.parquet'
    build_index(
        BuildOptions(
            (str(folder / 'S2_L1C_*.tif'),),
            's2_slovenia',
            (str(folder / 'LULC_globeland30_classes.tif'),),
            32,
            str(out),
            grid=2,
            bands=('B04', 'B03', 'B02', 'B08'),
        )
    )
    index = KnowledgeIndex.open(out)
    assert len(index) == 5 * 9
    assert sorted(set(index.frame['date'])) == [
        '2015-07-11', '2015-07-31', '2015-08-20', '2015-08-30',
        '2015-09-09',
    ]  # fmt: skip
    # The same nine places at five dates: the same knowledge each time.
    by_date = index.fractions.reshape(5, 9, 10)
    assert np.abs(by_date - by_date[:1]).max() == 0
    # 155 of 10,100 cells are nodata (counted with numpy).
    shares = dict(zip(index.classes, by_date[0].mean(axis=0), strict=True))
    assert shares['forest'] == pytest.approx(7601 / 9945, abs=0.02)


@pytest.mark.slow
def test_worldcover_tile_as_delivered(shared_data):
    (path,) = (shared_data / 'worldcover').glob('*.tif')
    cover = LandCover.open('worldcover', path, legend='native')
    assert cover.year == 2021
    rng = np.random.default_rng(0)
    centre = rng.uniform([6.4, 0.0], [6.8, 0.5], (40, 2))
    square = np.array([[-1.0, 1], [1, 1], [1, -1], [-1, -1]]) * 0.01
    found = cover.coverage(centre[:, None] + square, 'EPSG:4326')
    assert np.allclose(
        found.valid + found.nodata + found.uncovered + found.sea, 1.0
    )
    import rasterio

    left, top = 6.0, 3.0
    water = cover.classes.index('permanent_water')
    with rasterio.open(path) as source:
        for n in range(40):
            x, y = centre[n]
            window = rasterio.windows.Window(
                round((x - 0.01 - left) * 12000),
                round((top - y - 0.01) * 12000),
                240,
                240,
            )
            codes = source.read(1, window=window, boundless=True)
            # Around an island all water is sea: no class, but told apart
            # from the blank of the open sea.
            share = (codes == 80).mean()
            assert found.sea[n, 0] == pytest.approx(share, abs=0.01)
            empty = (codes == 0).mean()
            blank = found.nodata[n, 0] + found.uncovered[n, 0]
            assert blank == pytest.approx(empty, abs=0.01)
            assert found.fractions[n, 0, water] < 0.01


@pytest.mark.slow
def test_ten_thousand_patches_of_the_worldcover_tile_are_exact(shared_data):
    import exactextract
    import geopandas
    import shapely

    (path,) = (shared_data / 'worldcover').glob('*.tif')
    cover = LandCover.open('worldcover', path, legend='native')
    rng = np.random.default_rng(0)
    centre = rng.uniform([6.01, 0.01], [8.99, 2.99], (10_000, 2))
    centre[:5000] = rng.uniform([6.3, 0.0], [7.6, 1.8], (5000, 2))
    half = rng.uniform(0.0005, 0.006, (10_000, 1, 1))
    angle = rng.uniform(0, np.pi, 10_000)
    turn = np.stack(
        [np.cos(angle), -np.sin(angle), np.sin(angle), np.cos(angle)], 1
    ).reshape(-1, 2, 2)
    square = np.array([[-1.0, 1], [1, 1], [1, -1], [-1, -1]])
    feet = centre[:, None] + half * np.einsum('nij,vj->nvi', turn, square)
    found = cover.coverage(feet, 'EPSG:4326')
    water = cover.classes.index('permanent_water')
    assert (found.sea > 0).sum() > 2000
    assert (found.nodata > 0).sum() > 7000
    # Ponds and rivers of the islands, a few cells each.
    lakes = found.fractions[:, 0, water] * found.valid[:, 0]
    assert 0 < (lakes > 0).sum() < 50
    # All patches with land, and as many others.
    land = np.flatnonzero(found.valid[:, 0] > 0)
    some = np.concatenate([land, np.arange(0, 10_000, 40)])
    frame = geopandas.GeoDataFrame(
        geometry=[shapely.Polygon(feet[n]) for n in some], crs='EPSG:4326'
    )
    weight = '(coverage_weight=area_spherical_m2,default_value=0)'
    table = exactextract.exact_extract(
        str(path), frame, [f'{op}{weight}' for op in ('unique', 'frac')],
        output='pandas',
    )  # fmt: skip
    for n, (codes, shares) in zip(
        some, table.itertuples(index=False), strict=True
    ):
        own = found.fractions[n, 0] * found.valid[n, 0]
        got = {
            c.code: float(v)
            for c, v in zip(cover.legend.classes, own, strict=True)
        }
        got[80] += float(found.sea[n, 0])
        got[0] = float(found.nodata[n, 0])
        inside = 1 - float(found.uncovered[n, 0])
        truth = dict.fromkeys(got, 0.0)
        for code, share in zip(codes, shares, strict=True):
            truth[int(code)] = share * inside
        assert max(abs(got[c] - truth[c]) for c in got) < 1e-6
