"""Pages on patches over the antimeridian, around a pole, and on none."""

import re

import numpy as np
import pyproj
import pytest
import rasterio
from rasterio.transform import from_origin
from shapely.geometry import MultiPolygon, Polygon, box

from geokr_mm.errors import InputError
from geokr_mm.geo import KnowledgeIndex
from geokr_mm.geo.geometry.longitudes import narrowest_range
from geokr_mm.geo.index.statistics import overview
from geokr_mm.geo.index.writer import Extent, write_tables
from geokr_mm.geo.maps.legend import common_legend
from geokr_mm.geo.pipeline.cli import main as build
from geokr_mm.visualization.browse import browse_page
from geokr_mm.visualization.footprints import footprint_maps
from geokr_mm.visualization.report import index_page

LEGEND = common_legend()


def write(path, data, crs, left, top, side):
    path.parent.mkdir(parents=True, exist_ok=True)
    data = np.asarray(data, np.uint8)
    with rasterio.open(
        path, 'w', driver='GTiff', count=len(data), dtype='uint8', crs=crs,
        height=data.shape[1], width=data.shape[2],
        transform=from_origin(left, top, side, side),
    ) as sink:  # fmt: skip
        sink.write(data)


@pytest.fixture
def make(tmp_path):
    """An index over one scene of 4 x 4 patches and a map of one class."""

    def run(crs, lon, lat, side, code=10, *options):
        to = pyproj.Transformer.from_crs(4326, crs, always_xy=True)
        x, y = to.transform(lon, lat)
        rng = np.random.default_rng(0)
        pixels = rng.integers(40, 220, (3, 128, 128))
        write(
            tmp_path / 'scenes/a.tif', pixels if code else pixels * 0 + 1,
            crs, x - 64 * side, y + 64 * side, side,
        )  # fmt: skip
        # Degrees around the globe in cells of half a degree.
        top = np.clip(np.floor(lat) + 4, -82.0, 90.0)
        cover = np.full((1, 16, 720), code or 10)
        write(tmp_path / 'map.tif', cover, 'EPSG:4326', -180.0, top, 0.5)
        out = str(tmp_path / 'i.parquet')
        build(
            [
                *('--scenes', str(tmp_path / 'scenes')),
                *('--product', 'worldcover', '--year', '2021'),
                *('--land-cover', str(tmp_path / 'map.tif')),
                *('--patch-size', '32', '--out', out, '--quiet'),
                *options,
            ]
        )
        return out

    return run


def drawn(text):
    """Outlines in the first drawing of footprints, and its size."""
    scene = text[text.index('class="scenes"') :]
    size = re.search(r'viewBox="-1 -1 ([\d.]+) ([\d.]+)"', scene)
    paths = re.findall(r' d="([^"]*)"', scene[: scene.index('</svg>')])
    rings = [r for d in paths for r in d.split('Z') if r]
    points = [
        np.array([[float(v) for v in p.split()] for p in r[1:].split('L')])
        for r in rings
    ]
    return points, np.array(size.groups(), float) - 2


def test_patches_over_the_antimeridian_stay_together(make):
    path = make('EPSG:32660', 180.0, -17.0, 20.0)
    index = KnowledgeIndex.open(path)
    lon = index.column('lon')
    assert lon.min() < -179.9 and lon.max() > 179.9
    found = overview(index)
    west, _, east, _ = found.bounds
    assert 179.98 < west < 180 < east < 180.02
    # Four columns of patches, not two heaps at the edges.
    columns = np.flatnonzero(found.near[..., 0].sum(axis=0))
    assert columns[-1] - columns[0] > 90 and found.near[..., 0].sum() == 16
    assert np.diff(columns).max() < 40
    text = browse_page(path)
    assert 'Their place: patches' in text
    assert '17.01° S and 16.99° S, 179.99° E and 179.99° W' in text
    points, size = drawn(index_page(path))
    # Those of patches in two parts lie beside one another: a square.
    assert len(points) >= 16
    assert size[0] == pytest.approx(size[1], rel=0.02)
    assert '17.00° S 180.00°' in index_page(path)


@pytest.mark.parametrize(
    ('crs', 'lat'), [('EPSG:5041', 90), ('EPSG:5042', -90)]
)
def test_patches_around_a_pole_are_drawn_from_above(make, crs, lat):
    path = make(crs, 0.0, lat * 0.9999999, 200.0, 70)
    index = KnowledgeIndex.open(path)
    assert not index.frame.geometry.is_empty.any()
    text = browse_page(path)
    assert '16 patches' in text and 'nan' not in text.lower()
    page = index_page(path)
    points, size = drawn(page)
    assert size[0] == pytest.approx(size[1], rel=0.01)
    # Sixteen squares of a quarter of the side each.
    corners = np.concatenate(points)
    steps = np.unique(np.round(corners / (size / 4), 1))
    assert set(steps) >= {0.0, 1.0, 2.0, 3.0, 4.0}
    assert re.search(rf'<small>89\.9\d° {"N" if lat > 0 else "S"} · 16', page)


def test_shapes_without_outline_are_left_out():
    shapes = [
        Polygon(),
        MultiPolygon([box(179, 0, 180, 1), box(-180, 0, -179.5, 1)]),
        box(-179.5, 0, -179, 1),
    ]
    figure = footprint_maps(
        ['a'] * 3, shapes, np.eye(10)[:3], np.array([True, True, True]), LEGEND
    )
    paths = [p.get('d') for p in figure.iter('path')]
    # Two degrees together, 75 units each.
    assert paths == [
        'M75.0 75.0L75.0 0.0L0.0 0.0L0.0 75.0Z'
        'M112.5 75.0L112.5 0.0L75.0 0.0L75.0 75.0Z',
        'M150.0 75.0L150.0 0.0L112.5 0.0L112.5 75.0Z',
    ]
    alone = footprint_maps(
        ['a'], [Polygon()], np.eye(10)[:1], np.array([True]), LEGEND
    )
    assert not list(alone.iter('path'))


@pytest.mark.parametrize(
    ('lon', 'expected'),
    [
        ([5.0], (5, 5)),
        ([-10.0, 30], (-10, 30)),
        ([179.5, -179.5, 178], (178, 180.5)),
        ([-170.0, -60, 60, 170], (60, 300)),
        ([-90.0, 90], (-90, 90)),
        ([0.0, 170, -170], (0, 190)),
    ],
)
def test_narrowest_range(lon, expected):
    assert narrowest_range(np.array(lon)) == expected


def test_pages_without_a_kept_patch(make, tmp_path):
    path = make('EPSG:32633', 15.0, 46.0, 10.0, 0)
    index = KnowledgeIndex.open(path)
    assert len(index) == 16 and not index.column('keep').any()
    text = browse_page(path)
    assert '16 patches of 1 scene' in text and '0 of them passed' in text
    assert 'None to show.' in text and 'nan' not in text.lower()
    with pytest.raises(InputError, match='no patch passed the quality filt'):
        index_page(path)
    empty = str(tmp_path / 'empty.parquet')
    rows = index.table.slice(0, 0)
    write_tables(empty, [rows], index.metadata, Extent())
    with pytest.raises(InputError, match='empty.parquet: no rows; build'):
        browse_page(empty)
    with pytest.raises(InputError, match='empty.parquet: no '):
        index_page(empty)
