"""Text tables of footprints, as other programs write them."""

import geopandas
import numpy as np
import pytest
import shapely

from geokr_mm.errors import InputError, InputWarning
from geokr_mm.geo import LabelOptions, label_footprints
from geokr_mm.geo.footprints import table as footprint_table
from geokr_mm.geo.footprints.csv_layout import CsvLayout
from geokr_mm.geo.footprints.table import FootprintTable
from geokr_mm.geo.geometry.wkb import wkb_polygons

CRS = 'EPSG:32633'
LEFT, TOP = 500000.0, 5100000.0
BOXES = [
    shapely.box(LEFT + 100 * n, TOP - 100, LEFT + 100 * n + 90, TOP)
    for n in range(3)
]
WKT = [box.wkt for box in BOXES]


def rows(*values, header='id,wkt'):
    """A table of three rows."""
    mark = header[2]
    lines = [f'{n}{mark}"{value}"' for n, value in enumerate(values)]
    return '\n'.join([header, *lines]) + '\n'


def outlines(path, crs=None, **options):
    """Bounds of all footprints of a table and its other columns."""
    source = FootprintTable.open(str(path), crs, **options)
    found, columns = [], None
    for piece in source.slices():
        table, _ = source.read(piece)
        polygons = wkb_polygons(table['geometry'])
        found += polygons.rings.bounds().tolist()
        columns = table.drop_columns(['geometry']).to_pydict()
    return np.array(found), columns, source


EXPECTED = np.array([box.bounds for box in BOXES])
EWKT = [f'SRID=32633;{text}' for text in WKT]
HEX = [
    shapely.to_wkb(shapely.set_srid(box, 32633), hex=True, include_srid=True)
    for box in BOXES
]
UPPER = [text.replace('POLYGON', 'Polygon') for text in WKT]
MULTI = [shapely.MultiPolygon([box]).wkt for box in BOXES]


@pytest.mark.parametrize(
    'text',
    [
        rows(*WKT),
        rows(*WKT, header='id;wkt'),
        rows(*WKT, header='id\twkt'),
        rows(*WKT, header='id|WKT'),
        rows(*WKT, header='id,"Geom"'),
        rows(*WKT, header='id, the_geom '),
        rows(*WKT, header='id;GEOMETRY'),
        rows(*WKT, header='id,somewhere'),
        rows(*EWKT),
        rows(*EWKT, header='id;geom'),
        rows(*HEX, header='id,geom'),
        rows(WKT[0], HEX[1], EWKT[2]),
        rows(*UPPER),
        rows(*MULTI),
        'sep=;\n' + rows(*WKT, header='id;wkt'),
        rows(*WKT).replace('\n', '\r\n'),
        rows(*WKT).replace('\n', '\n\n') + ',\n,\n',
        'wkt\n' + '\n'.join(WKT) + '\n',
        '\n\n' + rows(*WKT),
        '\nsep=|\n\n' + rows(*WKT, header='id|wkt'),
        'geom\n' + '\n'.join(EWKT) + '\n',
    ],
)
@pytest.mark.parametrize('encoding', ['utf-8', 'utf-8-sig', 'utf-16'])
def test_the_same_footprints_however_written(tmp_path, text, encoding):
    path = tmp_path / 'f.csv'
    path.write_bytes(text.encode(encoding))
    found, columns, _ = outlines(path, CRS)
    assert np.array_equal(found, EXPECTED)
    if 'id' in text:
        assert columns == {'id': [0, 1, 2]}


@pytest.mark.parametrize('suffix', ['csv', 'tsv', 'txt'])
@pytest.mark.parametrize(
    'header',
    ['left,bottom,right,top', 'XMIN,YMIN,XMAX,YMAX', 'west,south,east,north'],
)
def test_boxes_and_decimal_commas(tmp_path, header, suffix):
    path = tmp_path / f'b.{suffix}'
    lines = [','.join(str(v + 0.25) for v in box.bounds) for box in BOXES]
    path.write_text('\n'.join([header, *lines]) + '\n')
    found, _, _ = outlines(path, CRS)
    assert np.array_equal(found, EXPECTED + 0.25)
    text = path.read_text().replace(',', ';').replace('.', ',')
    path.write_text(text)
    found, _, _ = outlines(path, CRS)
    assert np.array_equal(found, EXPECTED + 0.25)


def test_latin_1_is_read_and_said(tmp_path):
    path = tmp_path / 'f.csv'
    text = 'name;wkt\n' + ''.join(f'Zürich;{text}\n' for text in WKT)
    path.write_bytes(text.encode('latin-1'))
    with pytest.warns(InputWarning, match='f.csv: is not UTF-8'):
        found, columns, _ = outlines(path, CRS)
    assert np.array_equal(found, EXPECTED)
    assert columns == {'name': ['Zürich'] * 3}


def test_srids_are_the_crs(tmp_path):
    path = tmp_path / 'f.csv'
    path.write_text(rows(*EWKT))
    _, _, source = outlines(path)
    assert 'UTM zone 33N' in source.crs
    with pytest.raises(InputError, match='are in EPSG:32633, but --crs is'):
        outlines(path, 'EPSG:4326')
    path.write_text(rows(EWKT[0], EWKT[1].replace('32633', '4326'), EWKT[2]))
    with pytest.raises(InputError, match='line 3: SRID 4326, but .*32633'):
        outlines(path)
    path.write_text(rows(*(text.replace('32633', '0') for text in EWKT)))
    with pytest.raises(InputError, match='give it with --crs'):
        outlines(path)


BROKEN = {
    'line 3 has no geometry': rows(WKT[0], '', WKT[2]),
    'line 6 has no geometry': rows(WKT[0], WKT[1], 'NULL').replace(
        '\n1', '\n\n\n1'
    ),
    'line 3 has a geometry that cannot be read': rows(WKT[0], 'x', WKT[2]),
    'line 4 has a ring that is not closed': rows(
        *WKT[:2], 'POLYGON ((0 0, 1 0, 1 1, 0 1))'
    ),
    'line 3 crosses itself': rows(
        WKT[0], 'POLYGON ((0 0, 1 1, 1 0, 0 1, 0 0))', WKT[2]
    ),
    'line 2 is a Point': rows('POINT (1 2)', *WKT[1:]),
    "line 3 has left 'x', which is no number": (
        'left,bottom,right,top\n1,2,3,4\nx,2,3,4\n'
    ),
    'line 3 has no right': 'left,bottom,right,top\n1,2,3,4\n1,2,,4\n',
    'line 2 has ymin 4, not below ymax 2': (
        'xmin,ymin,xmax,ymax\n1,4,3,2\n1,2,3,4\n'
    ),
}
HOPELESS = {
    'line 3: 6 values for 2 columns; put': f'id,wkt\n0,"{WKT[0]}"\n1,{WKT[1]}',
    r'several columns of footprints \(geom, wkt\)': 'geom,wkt\na,b\n',
    'columns left, bottom, right, top; has id, name': 'id;name\n1;a\n',
    'is empty; give a table': '',
    'holds other data than text': 'II*\0\0\0',
}


@pytest.fixture
def given(tmp_path, make_raster):
    cover = make_raster('c.tif', np.full((20, 40), 10, np.uint8))

    def options(text, **changes):
        path = tmp_path / 'f.csv'
        path.write_bytes(text.encode())
        return LabelOptions(
            str(path), 'worldcover', (cover,), str(tmp_path / 'out'),
            crs=CRS, year=2021, **changes,
        )  # fmt: skip

    return options


@pytest.mark.parametrize('words', BROKEN)
def test_broken_rows_are_named_by_their_line(given, tmp_path, words):
    with pytest.raises(InputError, match=f'f.csv: {words}'):
        label_footprints(given(BROKEN[words]))
    assert not (tmp_path / 'out').exists()
    text = BROKEN[words]
    if 'wkt' not in text:
        text = text.replace('1,2,3,4', ','.join(map(str, BOXES[0].bounds)))
    with pytest.warns(InputWarning, match=f'1 of [23] rows .*{words}'):
        label_footprints(given(text, invalid='empty'))
    table = geopandas.read_parquet(tmp_path / 'out').sort_values('row')
    line = int(words.split()[1])
    valid = np.ones(len(table))
    # Line 6 is the third row: two lines above it are blank.
    valid[min(line - 2, 2)] = 0
    assert np.allclose(table['valid_fraction'], valid)
    sums = np.stack(table['fractions']).sum(axis=1)
    assert np.allclose(sums, valid)


@pytest.mark.parametrize('words', HOPELESS)
def test_hopeless_tables_are_one_line(given, tmp_path, words):
    with pytest.raises(InputError, match=f'f.csv: .*{words}') as caught:
        label_footprints(given(HOPELESS[words]))
    assert '\n' not in str(caught.value)
    assert not (tmp_path / 'out').exists()


def test_lines_are_counted_over_quoted_breaks(tmp_path):
    path = tmp_path / 'f.csv'
    path.write_text(f'note,wkt\n"two\nlines","{WKT[0]}"\n\nb,"{WKT[1]}"\n')
    layout = CsvLayout.read(str(path))
    assert [layout.line(n) for n in range(2)] == [2, 5]
    found, columns, _ = outlines(path, CRS)
    assert np.array_equal(found, EXPECTED[:2])
    assert columns == {'note': ['two\nlines', 'b']}


def test_long_outlines_and_many_rows_are_read(tmp_path, monkeypatch):
    path = tmp_path / 'f.csv'
    coast = shapely.Point(LEFT, TOP).buffer(5000, quad_segs=20_000)
    assert len(coast.wkt) > 1 << 20
    path.write_text(f'id,wkt\n1,"{coast.wkt}"\n2,"{WKT[0]}"\n')
    found, _, source = outlines(path, CRS)
    assert np.allclose(found, [coast.bounds, EXPECTED[0]])
    assert source.row_name(1) == 'line 3'
    path.write_text('id,wkt\n' + f'1,"{WKT[1]}"\n' * 10)
    monkeypatch.setattr(footprint_table, 'SLICE_ROWS', 4)
    assert [len(s.table) for s in source.slices()] == [4, 4, 2]
    found, _, _ = outlines(path, CRS)
    assert np.array_equal(found, np.tile(EXPECTED[1], (10, 1)))
