"""What lies beside a map's file is read as GDAL reads it."""

from pathlib import Path

import numpy as np
import pytest
import rasterio

from geokr_mm.geo import LandCover
from geokr_mm.geo.landcover.tile import Tile

WHOLE = np.array([[[0.0, 0], [200, 0], [200, -200], [0, -200]]]) + [
    500000,
    5100000,
]


@pytest.fixture
def codes():
    """Forest, and grassland from column 10 on."""
    values = np.full((20, 20), 10, np.uint8)
    values[:, 10:] = 30
    return values


def nodata(path):
    cover = LandCover.open('worldcover', str(path), year=2021)
    found = cover.coverage(WHOLE, 'EPSG:32633')
    assert found.valid[0, 0] + found.nodata[0, 0] == pytest.approx(1)
    return found.nodata[0, 0]


def test_mask_file(make_raster, codes):
    path = make_raster('m.tif', codes)
    mask = np.full((20, 20), 255, np.uint8)
    mask[:, :5] = 0
    with (
        rasterio.Env(GDAL_TIFF_INTERNAL_MASK=False),
        rasterio.open(path, 'r+') as file,
    ):
        file.write_mask(mask)
    assert Path(f'{path}.msk').is_file()
    assert nodata(path) == pytest.approx(0.25)


def test_nodata_in_pam(make_raster, codes):
    codes[:, :4] = 99
    path = make_raster('p.tif', codes)
    Path(f'{path}.aux.xml').write_text(
        '<PAMDataset><PAMRasterBand band="1"><NoDataValue>99</NoDataValue>'
        '</PAMRasterBand></PAMDataset>'
    )
    assert Tile.open(path).nodata == 99
    assert nodata(path) == pytest.approx(0.2)


def test_crs_in_pam(make_raster, codes):
    path = make_raster('c.tif', codes, crs=None)
    wkt = rasterio.CRS.from_epsg(32633).to_wkt().replace('"', '&quot;')
    Path(f'{path}.aux.xml').write_text(
        f'<PAMDataset><SRS>{wkt}</SRS></PAMDataset>'
    )
    assert nodata(path) == 0


def test_world_file(codes, tmp_path):
    path = tmp_path / 'w.tif'
    with rasterio.open(
        path, 'w', driver='GTiff', count=1, height=20, width=20,
        dtype='uint8', crs='EPSG:32633',
    ) as file:  # fmt: skip
        file.write(codes, 1)
    text = '10.0\n0.0\n0.0\n-10.0\n500005.0\n5099995.0\n'
    path.with_suffix('.tfw').write_text(text)
    assert nodata(path) == 0
