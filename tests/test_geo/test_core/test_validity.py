"""Empty pixels are what GDAL says, in the data type of each band."""

import numpy as np
import pytest
import rasterio
from rasterio.enums import ColorInterp

from geokr_mm.errors import InputError
from geokr_mm.geo import BuildOptions, KnowledgeIndex, Scene, build_index
from geokr_mm.geo.core.raster import UnusableFileError, open_raster
from geokr_mm.geo.scenes.radiometry import find_stretches

SIZE = 32
EMPTY = np.s_[:, :8]


@pytest.fixture
def pixels():
    rng = np.random.default_rng(3)
    return rng.integers(40, 220, (3, SIZE, SIZE)).astype(np.uint8)


def valid_of(path, **how):
    """Share of valid pixels in each band of a scene."""
    scene = Scene.open(path, **how)
    values, valid = scene.read_masked()
    if valid is None:
        return scene, np.ones(len(values))
    return scene, valid.mean(axis=(1, 2))


def low_high(scene):
    low, high = find_stretches([scene], 'scene').scenes[scene.name].limits
    return low[0], high[0]


def expected_stretch(pixels):
    mean = pixels[:, :, 8:].astype(float).mean(axis=0)
    return pytest.approx(np.percentile(mean, (1, 99)))


@pytest.mark.parametrize(
    ('kind', 'fill', 'nodata'),
    [
        ('float32', 9.969209968386869e36, 9.96921e36),
        ('float32', -3.4028234663852886e38, -3.40282e38),
        ('float64', -9999.0, -9999.0),
        ('float32', np.nan, np.nan),
        # Nobody says so, but it is no number.
        ('float32', np.nan, None),
        ('float32', np.inf, None),
        ('int16', -32768, -32768),
        ('uint16', 65535, 65535),
    ],
)
def test_fill_values(make_raster, pixels, kind, fill, nodata):
    stored = pixels.astype(kind)
    stored[:, :, :8] = fill
    path = make_raster('f.tif', stored, nodata=nodata)
    scene, share = valid_of(path)
    assert (share == 0.75).all()
    assert low_high(scene) == expected_stretch(pixels)


def test_nodata_outside_the_type_masks_nothing(make_raster, pixels):
    """As other writers leave it in bytes; 255 is a value like any other."""
    pixels[:, :, :8] = 255
    path = make_raster('f.tif', pixels)
    described = (
        f'<VRTDataset rasterXSize="{SIZE}" rasterYSize="{SIZE}">'
        '<SRS>EPSG:32633</SRS>'
        '<GeoTransform>500000, 10, 0, 5100000, 0, -10</GeoTransform>'
        '<VRTRasterBand dataType="Byte" band="1">'
        '<NoDataValue>-1</NoDataValue><SimpleSource>'
        f'<SourceFilename>{path}</SourceFilename><SourceBand>1</SourceBand>'
        '</SimpleSource></VRTRasterBand></VRTDataset>'
    )
    virtual = f'{path}.vrt'
    with open(virtual, 'w') as stream:
        stream.write(described)
    scene, share = valid_of(virtual)
    assert (share == 1).all()
    assert (scene.read()[0] == pixels[0]).all()


def test_alpha_is_a_mask_and_no_band(make_raster, pixels):
    alpha = np.full((1, SIZE, SIZE), 255, np.uint8)
    alpha[:, :, :8] = 0
    pixels[:, :, :8] = 255
    four = np.concatenate([pixels, alpha])
    path = make_raster('rgba.tif', four, photometric='RGB', ALPHA='YES')
    scene, share = valid_of(path)
    assert scene.bands == ('red', 'green', 'blue')
    assert scene.read().shape[0] == 3 and (share == 0.75).all()
    assert low_high(scene) == expected_stretch(pixels)
    # Named as a band it is one, and no mask any more.
    scene, share = valid_of(path, names=('red', 'green', 'blue', 'nir'))
    assert scene.bands[3] == 'nir' and (scene.read()[3] == alpha[0]).all()
    assert (share == 1).all()
    # Named alpha it is both.
    scene, share = valid_of(path, wanted=('red', 'alpha'))
    assert scene.bands[3] == 'alpha' and (share[:3] == 0.75).all()


def test_a_fourth_band_is_no_alpha_because_gdal_says_so(make_raster, pixels):
    """GDAL marks the fourth band of every 8-bit file that it writes."""
    nir = pixels[:1] // 2
    nir[:, :, :8] = 0
    path = make_raster('stack.tif', np.concatenate([pixels, nir]))
    with rasterio.open(path) as source:
        assert source.colorinterp[3] == ColorInterp.alpha
    scene, share = valid_of(path)
    assert scene.bands == ('red', 'green', 'blue', 'b4')
    assert (share == 1).all() and (scene.read()[3] == nir[0]).all()


def test_alpha_beyond_four_bands_masks_too(make_raster, pixels):
    """GDAL itself looks at the alpha of two- and four-band files only."""
    alpha = np.full((1, SIZE, SIZE), 255, np.uint8)
    alpha[:, :, :8] = 0
    path = make_raster('five.tif', np.concatenate([pixels, pixels[:1], alpha]))
    with rasterio.open(path, 'r+') as sink:
        sink.colorinterp = [
            ColorInterp.red, ColorInterp.green, ColorInterp.blue,
            ColorInterp.undefined, ColorInterp.alpha,
        ]  # fmt: skip
    scene, share = valid_of(path)
    assert scene.bands == ('red', 'green', 'blue', 'b4')
    assert (share == 0.75).all()


@pytest.mark.parametrize(
    'name', ['m_3807708_sw_18_1_20130924.tif', 'naip_md_2013.tif']
)
def test_the_fourth_band_of_naip_is_near_infrared(make_raster, pixels, name):
    four = np.concatenate([pixels, pixels[:1] // 2])
    four[3, :, :8] = 0
    path = make_raster(name, four, photometric='RGB', ALPHA='YES')
    scene, share = valid_of(path)
    assert scene.bands == ('red', 'green', 'blue', 'nir')
    assert (share == 1).all()


@pytest.mark.parametrize('inside', [True, False])
def test_masks_inside_and_beside_a_file(make_raster, pixels, inside):
    path = make_raster('m.tif', pixels)
    mask = np.full((SIZE, SIZE), 255, np.uint8)
    mask[:, :8] = 0
    with (
        rasterio.Env(GDAL_TIFF_INTERNAL_MASK=inside),
        rasterio.open(path, 'r+') as sink,
    ):
        sink.write_mask(mask)
    scene, share = valid_of(path)
    assert (share == 0.75).all()
    assert low_high(scene) == expected_stretch(pixels)


def test_a_pixel_is_empty_where_all_wanted_bands_are(
    make_raster, tmp_path, pixels
):
    stored = pixels.copy()
    stored[0, :, :16] = 0
    stored[1:, :, :4] = 0
    scene = make_raster('s.tif', stored, nodata=0)
    codes = np.full((SIZE, SIZE), 10, np.uint8)
    cover = make_raster(
        'ESA_WorldCover_10m_2021_v200_N45E014_Map.tif', codes, nodata=0
    )

    def nodata(bands):
        out = tmp_path / 'i.parquet'
        build_index(
            BuildOptions((scene,), 'worldcover', (cover,), 32, str(out),
                         bands=bands)
        )  # fmt: skip
        return KnowledgeIndex.open(out).column('image_nodata')[0]

    assert nodata(('red', 'green')) == pytest.approx(4 / 32)
    assert nodata(('red',)) == pytest.approx(16 / 32)


def test_sidecars_are_read_as_gdal_reads_them(make_raster, tmp_path, pixels):
    path = make_raster('s.tif', pixels, crs=None)
    with rasterio.open(path) as source:
        transform = source.transform
    plain = tmp_path / 'plain.png'
    with rasterio.open(
        plain, 'w', driver='PNG', count=3, width=SIZE, height=SIZE,
        dtype='uint8', crs='EPSG:32633', transform=transform,
    ) as sink:  # fmt: skip
        sink.write(pixels)
    assert plain.with_suffix('.png.aux.xml').is_file()
    scene = Scene.open(plain)
    assert scene.transform == transform and 'UTM zone 33N' in scene.crs
    plain.with_suffix('.png.aux.xml').unlink()
    with pytest.raises(UnusableFileError, match='no coordinate reference'):
        open_raster(str(plain))
    # A world file beside a TIFF whose keys hold the CRS alone.
    with rasterio.open(
        tmp_path / 'w.tif', 'w', driver='GTiff', count=3, width=SIZE,
        height=SIZE, dtype='uint8', crs='EPSG:32633',
    ) as sink:  # fmt: skip
        sink.write(pixels)
    lines = (10.0, 0.0, 0.0, -10.0, 500005.0, 5099995.0)
    (tmp_path / 'w.tfw').write_text('\n'.join(map(str, lines)) + '\n')
    assert Scene.open(tmp_path / 'w.tif').transform == transform


@pytest.mark.parametrize('kind', ['complex64', 'complex128'])
def test_complex_numbers_are_refused(make_raster, pixels, kind):
    path = make_raster('slc.tif', pixels.astype(kind))
    with pytest.raises(InputError, match=f'{path}: holds complex numbers'):
        Scene.open(path)


def test_numbers_of_a_colour_table_are_no_brightness(make_raster, pixels):
    path = make_raster('p.tif', pixels[0])
    with rasterio.open(path, 'r+') as sink:
        sink.write_colormap(1, {n: (n, 255 - n, 0, 255) for n in range(256)})
    with pytest.raises(InputError, match='colour table.*-expand rgb'):
        Scene.open(path)
