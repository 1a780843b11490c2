"""Tables of footprints with more, less or other things than polygons."""

import json
import shutil

import geopandas
import numpy as np
import pyarrow.parquet as pq
import pytest
import shapely

from geokr_mm.errors import InputError, InputWarning
from geokr_mm.geo import LabelOptions, label_footprints

CRS = 'EPSG:32633'
LOCAL = 'LOCAL_CS["site",UNIT["metre",1],AXIS["E",EAST],AXIS["N",NORTH]]'
LEFT, TOP = 500000.0, 5100000.0


def box(left, bottom, right, top):
    return shapely.box(LEFT + left, TOP + bottom, LEFT + right, TOP + top)


@pytest.fixture
def label(tmp_path, make_raster):
    """Label a table over a map that is half forest, half water."""
    codes = np.full((40, 60), 10, np.uint8)
    codes[:, 30:] = 80
    cover = make_raster('map/c.tif', codes)

    def run(name, workers=1, resume=False, out='out', **changes):
        label_footprints(
            LabelOptions(
                str(tmp_path / name), 'worldcover', (cover,),
                str(tmp_path / out), year=2021, legend='native', **changes,
            ),
            workers=workers,
            resume=resume,
        )  # fmt: skip
        return geopandas.read_parquet(tmp_path / out).sort_values('row')

    return run


@pytest.fixture
def frame():
    """Boxes from west to east, the middle one half forest, half water."""
    boxes = [box(100 * n, -90, 100 * n + 100, -10) for n in range(5)]
    boxes = [shapely.transform(b, lambda p: p + [50.0, 0.0]) for b in boxes]
    return geopandas.GeoDataFrame(
        {'id': list('abcde')}, geometry=boxes, crs=CRS
    )


def forest(table):
    """Share of tree cover, the first class of WorldCover."""
    return np.stack(table['fractions'])[:, 0]


def test_shapes_of_all_kinds_in_one_table(label, frame, tmp_path):
    shapes = list(frame.geometry)
    shapes[0] = shapely.MultiPolygon(shapes[:1])
    shapes[1] = shapely.force_3d(shapes[1], 12.0)
    shapes[2] = shapes[2].difference(box(260, -80, 300, -20))
    shapes[3] = shapely.MultiPolygon([shapes[3], box(0, -200, 100, -120)])
    frame.geometry = shapes
    expected = [1, 1, 1600 / 5600, 0.5, 0]
    frame.to_parquet(tmp_path / 'f.parquet')
    frame.to_file(tmp_path / 'f.gpkg')
    frame.to_crs(4326).to_file(tmp_path / 'f.geojson')
    for name, slack in (('f.parquet', 1e-6), ('f.gpkg', 1e-6),
                        ('f.geojson', 1e-3)):  # fmt: skip
        table = label(name, out=f'{name}-out')
        assert np.abs(forest(table) - expected).max() < slack
        assert (table['valid_fraction'] > 1 - slack).all()
    # Centres lie within; that of two parts between them.
    assert shapely.distance(
        shapely.points(table['lon'], table['lat']), table.geometry.values
    )[[0, 1, 4]].max() == 0  # fmt: skip
    assert table.geometry.iloc[2].area < table.geometry.iloc[4].area
    (part,) = (tmp_path / 'f.parquet-out').glob('*.parquet')
    stored = json.loads(pq.read_schema(part).metadata[b'geo'])
    column = stored['columns']['geometry']
    assert column['geometry_types'] == [
        'MultiPolygon', 'Polygon', 'Polygon Z',
    ]  # fmt: skip
    assert column['bbox'] == frame.total_bounds.tolist()


BAD = [
    None,
    shapely.Polygon(),
    shapely.Point(LEFT, TOP),
    shapely.Polygon([(LEFT, TOP), (LEFT + 9, TOP), (LEFT + 4, TOP)]),
    shapely.Polygon(
        np.array([[100, 0], [300, -90], [300, 0], [100, -90]]) + [LEFT, TOP]
    ),
]


@pytest.mark.parametrize('grid', [1, 2])
def test_bad_rows_stay_empty_and_change_no_other(label, frame, tmp_path, grid):
    frame.to_parquet(tmp_path / 'good.parquet')
    good = label('good.parquet', grid=grid)
    mixed = geopandas.GeoDataFrame(
        {'id': [*'vabwcxdyez']},
        geometry=[
            shape
            for pair in zip(
                [BAD[0], *frame.geometry[1:2], BAD[1], BAD[2], *BAD[3:]],
                frame.geometry,
                strict=False,
            )
            for shape in pair
        ],
        crs=CRS,
    )
    mixed.to_parquet(tmp_path / 'mixed.parquet', row_group_size=4)
    with pytest.raises(InputError, match='mixed.parquet: row 0 has no geom'):
        label('mixed.parquet', grid=grid, out='none')
    assert not (tmp_path / 'none').exists()
    with pytest.warns(InputWarning, match='4 of 10 rows .*: row 0 has no'):
        found = label('mixed.parquet', grid=grid, out='mixed', invalid='empty')
    ours = found.iloc[1::2]
    for name in ('fractions', 'grid_fractions', 'grid_valid'):
        assert np.array_equal(np.stack(ours[name]), np.stack(good[name]))
    empty = found.iloc[[0, 4, 6, 8]]
    for name in ('fractions', 'grid_fractions', 'grid_valid'):
        assert not np.stack(empty[name]).any()
    for name in ('valid_fraction', 'sea_fraction', 'nodata_fraction'):
        assert (empty[name] == 0).all()
    head = json.loads((tmp_path / 'mixed' / '_index.json').read_text())
    assert head['footprints'] == 10 and head['empty_rows'] == [0, 4, 6, 8]
    lon = pq.read_table(tmp_path / 'mixed')['lon']
    assert lon.null_count > 0 and not np.isnan(lon.drop_null()).any()


def test_workers_and_a_second_start_say_the_same(label, frame, tmp_path):
    frame.geometry = [*frame.geometry[:4], None]
    frame.to_parquet(tmp_path / 'f.parquet', row_group_size=2)
    found = []
    for workers, resume in ((1, False), (2, False), (1, True)):
        with pytest.warns(InputWarning, match='1 of 5 rows .*: row 4 has no'):
            label('f.parquet', workers, resume, invalid='empty')
        found.append(
            [p.read_bytes() for p in sorted((tmp_path / 'out').iterdir())]
        )
    assert found[0] == found[1] == found[2]
    frame.geometry = [None] * 5
    frame.to_parquet(tmp_path / 'f.parquet')
    with pytest.raises(InputError, match='holds no footprint'):
        label('f.parquet', invalid='empty', out='none')
    assert not (tmp_path / 'none').exists()


def test_tables_that_leave_doubt_are_refused(label, frame, tmp_path):
    def refused(name, match, **changes):
        with pytest.raises(InputError, match=f'{name}: {match}') as caught:
            label(name, **changes)
        assert '\n' not in str(caught.value)
        assert not (tmp_path / 'out').exists()

    frame.to_file(tmp_path / 'two.gpkg', layer='old')
    frame.iloc[:3].to_file(tmp_path / 'two.gpkg', layer='new')
    refused(
        'two.gpkg', r'several layers \(old, new\); choose one with --layer'
    )
    refused('two.gpkg', "no layer 'x' with geometries", layer='x')
    assert len(label('two.gpkg', layer='new', out='new')) == 3
    other = frame.rename_geometry('geom')
    other['geometry'] = other.centroid
    other.to_parquet(tmp_path / 'second.parquet')
    refused('second.parquet', "footprints are in the column 'geom'")
    frame.set_crs(LOCAL, allow_override=True).to_parquet(
        tmp_path / 'local.parquet'
    )
    refused('local.parquet', "its CRS 'site' is local .* with --crs")
    found = label('local.parquet', crs=CRS, out='local')
    assert forest(found)[2] == pytest.approx(0.5)
    frame.to_parquet(tmp_path / 'f.parquet')
    words = 'footprints are in EPSG:32633, but --crs is EPSG:4326'
    refused('f.parquet', words, crs='EPSG:4326')
    with pytest.raises(InputError, match="--crs: its CRS 'site' is local"):
        label('f.parquet', crs=LOCAL)
    with pytest.raises(InputError, match='--invalid skip: give one of'):
        label('f.parquet', invalid='skip')


def test_unclosed_rings_and_turned_axes_are_named(label, frame, tmp_path):
    shapes = frame.to_crs(4326).geometry
    rings = [np.asarray(s.exterior.coords).tolist() for s in shapes]

    def write(rings):
        features = [
            {
                'type': 'Feature',
                'properties': {},
                'geometry': {'type': 'Polygon', 'coordinates': [ring]},
            }
            for ring in rings
        ]
        collection = {'type': 'FeatureCollection', 'features': features}
        (tmp_path / 'f.geojson').write_text(json.dumps(collection))

    write([*rings[:3], rings[3][:-1]])
    with pytest.raises(InputError, match='row 3 has a ring that is not close'):
        label('f.geojson')
    write([rings[0], [[120 - x, y + 50] for x, y in rings[1]]])
    with pytest.raises(InputError, match=r'row 1 lies beyond a pole \(lat'):
        label('f.geojson')


@pytest.mark.parametrize('name', ['f.gpkg', 'f.geojson', 'f.parquet', 'f.csv'])
def test_a_raster_is_no_table(label, make_raster, tmp_path, name):
    path = make_raster('raster.tif', np.zeros((4, 4), np.uint8))
    shutil.copy(path, tmp_path / name)
    with pytest.raises(InputError, match=f'{name}: ') as caught:
        label(name)
    assert '\n' not in str(caught.value)
