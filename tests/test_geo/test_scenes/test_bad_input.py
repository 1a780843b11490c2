"""Bad input: one line that names the file and the cure, exit 2, no trace."""

import subprocess
import sys

import numpy as np
import pytest
import rasterio

from geokr_mm.errors import InputError
from geokr_mm.geo.pipeline.cli import main


@pytest.fixture
def good(make_raster, cover_codes):
    pixels = np.random.default_rng(0).integers(20, 250, (3, 100, 100))
    scene = make_raster('good/s.tif', pixels.astype(np.uint8))
    cover = make_raster('cover/map.tif', cover_codes)
    return scene, cover


def arguments(out, scene, cover, product='worldcover', *more):
    return [
        '--scenes', str(scene), '--product', product, '--land-cover',
        str(cover), '--year', '2021', '--patch-size', '32', '--out',
        str(out), '--quiet', *more,
    ]  # fmt: skip


def refusal(tmp_path, *parts):
    """The message of a refused build, after checking it left nothing."""
    out = tmp_path / 'out' / 'i.parquet'
    with pytest.raises(InputError) as caught:
        main(arguments(out, *parts))
    assert not out.parent.exists() or not list(out.parent.iterdir())
    message = str(caught.value)
    assert '\n' not in message
    return message


def truncated(path, share=0.6):
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])


def test_no_crs(good, make_raster, tmp_path):
    bare = make_raster('bare.tif', np.ones((64, 64), np.uint8), None)
    text = refusal(tmp_path, bare, good[1])
    assert text.startswith(bare) and 'no coordinate reference' in text
    assert 'rio edit-info' in text
    text = refusal(tmp_path, good[0], bare)
    assert text.startswith(bare) and 'no coordinate reference' in text


def test_no_geotransform(good, tmp_path):
    path = tmp_path / 'nowhere.tif'
    with rasterio.open(
        path, 'w', driver='GTiff', width=64, height=64, count=1,
        dtype='uint8', crs='EPSG:32633',
    ) as sink:  # fmt: skip
        sink.write(np.ones((1, 64, 64), np.uint8))
    text = refusal(tmp_path, path, good[1])
    assert 'no geotransform' in text and 'gdal_translate' in text


def test_ground_control_points_only(good, tmp_path):
    path = tmp_path / 'gcp.tif'
    points = [
        rasterio.control.GroundControlPoint(0, 0, 14.0, 46.0),
        rasterio.control.GroundControlPoint(0, 64, 14.1, 46.0),
        rasterio.control.GroundControlPoint(64, 0, 14.0, 45.9),
    ]
    with rasterio.open(
        path, 'w', driver='GTiff', width=64, height=64, count=1,
        dtype='uint8',
    ) as sink:  # fmt: skip
        sink.write(np.ones((1, 64, 64), np.uint8))
        sink.gcps = (points, rasterio.crs.CRS.from_epsg(4326))
    text = refusal(tmp_path, path, good[1])
    assert 'ground control points' in text and 'gdalwarp' in text


@pytest.mark.parametrize('which', [0, 1])
@pytest.mark.parametrize('compress', ['deflate', None])
def test_truncated_geotiff(good, make_raster, tmp_path, which, compress):
    rng = np.random.default_rng(1)
    codes = np.array([10, 20, 30, 40, 50, 60, 80], np.uint8)
    pixels = codes[rng.integers(0, 7, (400, 400))]
    options = {} if compress is None else {'compress': compress}
    path = tmp_path / 'cut.tif'
    make_raster('cut.tif', pixels, **options)
    truncated(path)
    pair = [good[0], good[1]]
    pair[which] = path
    if which:
        pair[0] = make_raster('wide.tif', pixels)
    text = refusal(tmp_path, *pair)
    assert text.startswith(str(path)) and 'damaged or incomplete' in text
    assert 'fetch it again' in text


@pytest.mark.parametrize('which', [0, 1])
def test_empty_file_and_web_page(good, tmp_path, which):
    empty = tmp_path / 'empty.tif'
    empty.touch()
    page = tmp_path / 'page.tif'
    page.write_text('<!DOCTYPE html><html><body>404</body></html>')
    text_file = tmp_path / 'text.tif'
    text_file.write_text('hello')
    for path, words in (
        (empty, 'empty file'),
        (page, 'web page (HTML)'),
        (text_file, 'not a readable raster'),
        (tmp_path / 'gone.tif', 'no such'),
    ):
        pair = [good[0], good[1]]
        pair[which] = path
        text = refusal(tmp_path, *pair)
        assert text.startswith(str(path)) and words in text


def test_folder_without_images(good, tmp_path):
    folder = tmp_path / 'nothing'
    folder.mkdir()
    (folder / 'readme.md').write_text('x')
    for pair in ((folder, good[1]), (good[0], folder)):
        text = refusal(tmp_path, *pair)
        assert text.startswith(str(folder)) and 'give the folder' in text
    text = refusal(tmp_path, str(tmp_path / '*.nope'), good[1])
    assert '*.nope: no such scene' in text


def test_unknown_product_legend_filter_and_stretch(good, tmp_path):
    assert "unknown product 'globland'" in refusal(tmp_path, *good, 'globland')
    for option, value, words in (
        ('--legend', 'mine', "unknown legend 'mine'"),
        ('--no-filter', 'fog', "unknown filter 'fog'"),
        ('--stretch', 'auto', "unknown stretch 'auto'"),
        ('--grid', '0', '--grid 0'),
        ('--stride', '0', '--stride 0'),
        ('--min-valid', '2', '--min-valid 2'),
        ('--bands', 'nir', "no band 'nir'"),
        ('--group-files', '(', 'not a regular expression'),
        ('--group-files', 'x', 'named groups'),
    ):
        text = refusal(tmp_path, *good, 'worldcover', option, value)
        assert words in text


def test_product_elsewhere(good, make_raster, cover_codes, tmp_path):
    far = make_raster('far.tif', cover_codes, origin=(300000.0, 4000000.0))
    text = refusal(tmp_path, good[0], far)
    assert text.startswith(far) and 'does not cover' in text
    assert good[0] in text and '--land-cover' in text


def test_codes_of_another_product(good, make_raster, tmp_path):
    codes = np.full((150, 150), 41, np.uint8)
    wrong = make_raster('nlcd.tif', codes)
    text = refusal(tmp_path, good[0], wrong)
    assert text.startswith(wrong) and 'code 41 is not' in text
    assert '41: ' in text


def test_land_cover_that_is_an_image(good, make_raster, tmp_path):
    path = make_raster('f.tif', np.full((64, 64), 10.5, np.float32))
    text = refusal(tmp_path, good[0], path)
    assert text.startswith(path) and 'holds 10.5 in band 1' in text
    assert 'classification band' in text


def test_scene_smaller_than_a_patch(good, make_raster, tmp_path):
    path = make_raster('tiny.tif', np.ones((20, 20), np.uint8))
    text = refusal(tmp_path, path, good[1])
    assert '20 x 20' in text and 'smaller --patch-size' in text


def test_scenes_with_other_bands(good, make_raster, tmp_path):
    make_raster('good/t.tif', np.ones((2, 64, 64), np.uint8))
    text = refusal(tmp_path, tmp_path / 'good', good[1])
    assert 't.tif' in text and 'red, green, blue' in text and '--bands' in text


def test_year_that_cannot_be_told(good, tmp_path):
    out = tmp_path / 'i.parquet'
    given = [a for a in arguments(out, *good) if a not in ('--year', '2021')]
    with pytest.raises(
        InputError, match='map.tif: its name holds no year.*--year'
    ):
        main(given)


def test_output_that_cannot_be_written(good, tmp_path):
    with pytest.raises(InputError, match='is a folder'):
        main(arguments(tmp_path, *good))
    with pytest.raises(InputError, match='choose another --out'):
        main(arguments('nowhere://bucket/i.parquet', *good))
    (tmp_path / 'file').touch()
    with pytest.raises(InputError, match='cannot be written'):
        main(arguments(tmp_path / 'file' / 'i.parquet', *good))


def test_the_tool_prints_one_line_and_exits_2(good, tmp_path, repo):
    empty = tmp_path / 'empty.tif'
    empty.touch()
    out = tmp_path / 'i.parquet'
    done = subprocess.run(
        [sys.executable, 'tools/build_index.py',
         *arguments(out, empty, good[1])],
        cwd=repo, capture_output=True, text=True, check=False,
        env={'PYTHONPATH': str(repo)},
    )  # fmt: skip
    assert done.returncode == 2 and not out.exists()
    assert done.stderr.startswith('error: ') and done.stdout == ''
    assert done.stderr.count('\n') == 1 and str(empty) in done.stderr
