"""Every input and choice changes the fingerprint, no place does."""

import os
import shutil
import zipfile
from dataclasses import fields, replace

import numpy as np
import pytest
import rasterio
from affine import Affine

from geokr_mm.geo import BuildOptions, KnowledgeIndex, build_index
from geokr_mm.geo.core.executor import Executor
from geokr_mm.geo.maps.files import MapName
from geokr_mm.geo.pipeline import index_build
from geokr_mm.geo.pipeline.fingerprint import (
    HASHED_BYTES,
    PLACES,
    SCENE_PLACES,
    digest_files,
    hash_inputs,
)
from geokr_mm.geo.pipeline.zonal_query import open_maps
from geokr_mm.geo.scenes.cloud_mask import CloudMask, MaskCodes
from geokr_mm.geo.scenes.scene import BandSource, Scaling, Scene

PRODUCT = """
name: mine
title: A map of my own
years: [2021]
gsd: 10
crs: EPSG:32633
source: here
licence: CC0
citation: nobody
accuracy: none
overall_accuracy: 0.8
nodata: [0]
sea: []
classes:
- {code: 1, name: wood, color: [0, 100, 0], common: forest}
- {code: 2, name: meadow, color: [255, 255, 76], common: grassland}
"""


class StoppedError(Exception):
    """Carries the fingerprint out of a build that goes no further."""


@pytest.fixture
def key(monkeypatch):
    """The fingerprint that a build of some options has."""

    def of(options, **how):
        def stop(inputs_hash, places):
            raise StoppedError(inputs_hash)

        with monkeypatch.context() as patched:
            patched.setattr(index_build, 'resume_key', stop)
            with pytest.raises(StoppedError) as caught:
                build_index(options, **how)
        return str(caught.value)

    return of


@pytest.fixture
def inputs(make_raster, tmp_path):
    """Two scenes in a table, their masks, a map and its product."""
    rng = np.random.default_rng(3)
    for name in 'ab':
        # Uncompressed: 120 kB, more than one end and less than both.
        pixels = rng.integers(20, 250, (3, 200, 200)).astype(np.uint8)
        make_raster(f'in/{name}.tif', pixels)
        codes = rng.choice([4, 5, 9], (300, 300)).astype(np.uint8)
        make_raster(f'in/masks/{name}_SCL.tif', codes)
    codes = rng.integers(1, 3, (300, 300)).astype(np.uint8)
    make_raster('in/map_2021.tif', codes)
    (tmp_path / 'in' / 'mine.yaml').write_text(PRODUCT)
    (tmp_path / 'in' / 'list.csv').write_text(
        'path,scene,bands,date,gsd\n'
        'a.tif,A,red green blue,2021-05-01,10\n'
        'b.tif,B,red green blue,2021-06-01,10\n'
    )
    return tmp_path / 'in'


def options(folder, **changes):
    given = BuildOptions(
        scenes=(str(folder / 'list.csv'),),
        product=str(folder / 'mine.yaml'),
        land_cover=(str(folder / 'map_2021.tif'),),
        patch_size=32,
        out=str(folder.parent / 'out' / 'i.parquet'),
        year=2021,
        mask=str(folder / 'masks' / '*_SCL.tif'),
    )
    return replace(given, **changes)


def flip(path, place):
    """Change one byte of a file."""
    with open(path, 'r+b') as stream:
        stream.seek(place)
        (byte,) = stream.read(1)
        stream.seek(place)
        stream.write(bytes([byte ^ 1]))


@pytest.mark.parametrize(
    'file', ['a.tif', 'b.tif', 'map_2021.tif', 'masks/b_SCL.tif']
)
def test_a_byte_in_the_middle_of_a_small_file_counts(inputs, key, file):
    size = os.path.getsize(inputs / file)
    assert HASHED_BYTES < 70_000 < size < 2 * HASHED_BYTES
    before = key(options(inputs))
    flip(inputs / file, 70_000)
    assert key(options(inputs)) != before
    flip(inputs / file, 70_000)
    assert key(options(inputs)) == before


@pytest.mark.parametrize(
    ('place', 'counts'),
    [(0, True), (2 * HASHED_BYTES - 1, True), (200_000, False),
     (300_000 - HASHED_BYTES, True), (299_999, True)],
)  # fmt: skip
def test_both_ends_of_a_large_file_count(tmp_path, place, counts):
    path = tmp_path / 'large.tif'
    path.write_bytes(np.random.default_rng(0).bytes(300_000))

    def digest():
        return list(digest_files([], [str(path)], Executor()))

    before = digest()
    flip(path, place)
    assert (digest() != before) == counts
    # The size counts, whatever the ends are.
    flip(path, place)
    data = path.read_bytes()
    path.write_bytes(data[:200_000] + data[199_999:])
    assert digest() != before


WORLD = '10\n0\n0\n-10\n500005\n5099995\n'
PAM = '<PAMDataset><Metadata><MDI key="a">b</MDI></Metadata></PAMDataset>'


def _overviews(path):
    with rasterio.Env(TIFF_USE_OVR=True), rasterio.open(path, 'r+') as file:
        file.build_overviews([2])


def _external_mask(path):
    mask = np.full((300, 300), 255, np.uint8)
    with (
        rasterio.Env(GDAL_TIFF_INTERNAL_MASK=False),
        rasterio.open(path, 'r+') as file,
    ):
        file.write_mask(mask[: file.height, : file.width])


@pytest.mark.parametrize('file', ['a.tif', 'map_2021.tif', 'masks/a_SCL.tif'])
@pytest.mark.parametrize(
    'add',
    [
        lambda path: path.with_suffix('.tif.aux.xml').write_text(PAM),
        _overviews,
        _external_mask,
    ],
    ids=['pam', 'overviews', 'mask'],
)
def test_sidecars_that_gdal_reads_count(inputs, key, file, add):
    before = key(options(inputs))
    add(inputs / file)
    assert {p.name for p in (inputs / file).parent.glob('*.tif.*')}
    assert key(options(inputs)) != before


def test_a_world_file_counts_where_it_places_the_scene(inputs, key):
    with rasterio.open(inputs / 'a.tif') as file:
        image, profile = file.read(), file.profile
    del profile['transform']
    with rasterio.open(inputs / 'a.tif', 'w', **profile) as file:
        file.write(image)
    (inputs / 'a.tfw').write_text(WORLD)
    before = key(options(inputs))
    (inputs / 'a.tfw').write_text(WORLD.replace('500005', '500015'))
    moved = key(options(inputs))
    # Even by less than the position shows.
    (inputs / 'a.tfw').write_text(WORLD.replace('500005', '500005.0'))
    assert len({before, moved, key(options(inputs))}) == 3
    # A file of the same name that GDAL does not read is no input.
    last = key(options(inputs))
    (inputs / 'a.txt').write_text('notes')
    assert key(options(inputs)) == last


def test_sources_of_a_mosaic_count(inputs, key):
    source = (
        '<SimpleSource><SourceFilename relativeToVRT="1">{}</SourceFilename>'
        '<SourceBand>{}</SourceBand></SimpleSource>'
    )
    head = (
        '<VRTDataset rasterXSize="200" rasterYSize="200">'
        '<SRS>EPSG:32633</SRS>'
        '<GeoTransform>500000, 10, 0, 5100000, 0, -10</GeoTransform>'
    )
    band = '<VRTRasterBand dataType="Byte" band="{}">{}</VRTRasterBand>'
    for name, inside in (('inner', 'a.tif'), ('outer', 'inner.vrt')):
        bands = [band.format(n, source.format(inside, n)) for n in (1, 2, 3)]
        (inputs / f'{name}.vrt').write_text(
            f'{head}{"".join(bands)}</VRTDataset>'
        )
    given = options(inputs, scenes=(str(inputs / 'outer.vrt'),), mask=None)
    before = key(given)
    flip(inputs / 'a.tif', 70_000)
    assert key(given) != before


def test_archives_count(inputs, key, tmp_path):
    def packed(folder):
        path = tmp_path / folder / 'a.zip'
        path.parent.mkdir(exist_ok=True)
        with zipfile.ZipFile(path, 'w') as file:
            member = zipfile.ZipInfo('deep/a.tif')
            file.writestr(member, (inputs / 'a.tif').read_bytes())
        scene = f'/vsizip/{path}/deep/a.tif'
        return options(inputs, scenes=(scene,), mask=None)

    before = key(packed('one'))
    flip(inputs / 'a.tif', 70_000)
    assert key(packed('two')) != before
    flip(inputs / 'a.tif', 70_000)
    assert key(packed('three')) == before


@pytest.mark.parametrize(
    ('file', 'old', 'new'),
    [
        ('list.csv', '2021-05-01', '2021-05-02'),
        ('list.csv', '01,10', '01,11'),
        ('list.csv', 'a.tif,A,red green', 'a.tif,A,green red'),
        ('list.csv', 'tif,A', 'tif,C'),
        ('mine.yaml', 'common: forest', 'common: shrubland'),
        ('mine.yaml', 'name: wood', 'name: woods'),
        ('mine.yaml', '[0, 100, 0]', '[0, 101, 0]'),
        ('mine.yaml', 'nodata: [0]', 'nodata: [0, 3]'),
        ('mine.yaml', 'overall_accuracy: 0.8', 'overall_accuracy: 0.7'),
    ],
)
def test_what_lists_and_products_say_counts(inputs, key, file, old, new):
    text = (inputs / file).read_text()
    assert old in text
    changed = text.replace(old, new)
    if 'green red' in new:
        changed = changed.replace('b.tif,B,red green', 'b.tif,B,green red')
    before = key(options(inputs))
    (inputs / file).write_text(changed)
    assert key(options(inputs)) != before


#: Another value of each option that changes what an index holds.
CHOICES = {
    'patch_size': 16,
    'stride': 16,
    'grid': 2,
    'sample': 5,
    'scales': (1.0, 2.0),
    'sample_seed': 1,
    'legend': 'native',
    'bands': ('red', 'green'),
    'band_names': ('x', 'y', 'z'),
    'group_files': r'(?P<scene>.+)_(?P<band>\d+)',
    'date': '2020-01-01',
    'stretch': 'sensor',
    'filters': ('dark',),
    'without': ('dark',),
    'min_valid': 0.9,
    'spherical': False,
    'choose': 'combine',
    'resample': 'nearest',
    'cloud_codes': (4,),
    'shadow_codes': (5,),
    'max_cloud': 0.1,
    'scale': 2.0,
    'offset': -100.0,
    'use_scaling': False,
    'units': 'radiance',
    'year': 2020,
}


def test_every_option_is_a_choice_or_a_place():
    names = {field.name for field in fields(BuildOptions)}
    assert names == set(CHOICES) | PLACES
    assert not set(CHOICES) & PLACES


@pytest.mark.parametrize('name', CHOICES)
def test_every_choice_counts(inputs, key, name):
    text = PRODUCT.replace('[2021]', '[2020, 2021]')
    (inputs / 'mine.yaml').write_text(text)
    if name == 'year':
        os.rename(inputs / 'map_2021.tif', inputs / 'map.tif')
        given = options(inputs, land_cover=(str(inputs / 'map.tif'),))
    else:
        given = options(inputs)
    if name in ('band_names', 'group_files'):
        # Of no effect on a list, but another hash all the same.
        assert key(replace(given, **{name: None})) == key(given)
    assert key(replace(given, **{name: CHOICES[name]})) != key(given)


def test_another_mask_counts(inputs, key):
    shutil.copy(inputs / 'masks' / 'a_SCL.tif', inputs / 'one_SCL.tif')
    bare = key(options(inputs, mask=None))
    masked = key(options(inputs))
    one = key(options(inputs, mask=str(inputs / 'one_SCL.tif')))
    assert len({bare, masked, one}) == 3


def test_the_year_of_each_map_counts(inputs, key):
    text = PRODUCT.replace('[2021]', '[2020, 2021]')
    (inputs / 'mine.yaml').write_text(text)
    os.rename(inputs / 'map_2021.tif', inputs / 'map.tif')
    keys = set()
    for year in (2020, 2021):
        maps = (
            MapName(str(inputs / 'mine.yaml'), year, (f'{inputs}/map.tif',)),
        )
        given = options(
            inputs, product='', land_cover=(), year=None, maps=maps
        )
        keys |= {key(given), key(replace(given, choose='combine'))}
    assert len(keys) == 4


def test_places_and_workers_do_not_count(inputs, key, tmp_path):
    before = key(options(inputs))
    elsewhere = tmp_path / 'other' / 'place'
    shutil.copytree(inputs, elsewhere)
    assert key(options(elsewhere)) == before
    out = str(tmp_path / 'elsewhere' / 'other.parquet')
    assert key(options(inputs, out=out)) == before
    listed = tmp_path / 'sums.txt'
    from geokr_mm.geo.scenes.checksums import write_checksums

    write_checksums([f'{inputs}/{n}.tif' for n in 'ab'], listed)
    assert key(options(inputs, checksums=str(listed))) == before
    assert key(options(inputs), workers=2) == before
    assert key(options(inputs), max_bad_fraction=0.5) == before
    build_index(options(inputs))
    stored = KnowledgeIndex.open(options(inputs).out).metadata.inputs_hash
    assert stored == before and len(bytes.fromhex(stored)) == 32


#: Another value of each field of a scene.
FIELDS = {
    'name': 'other',
    'bands': ('x', 'y', 'z'),
    'sources': tuple(BandSource(0, n) for n in (3, 2, 1)),
    'crs': 'EPSG:32632',
    'transform': Affine(10, 0, 500001, 0, -10, 5100000),
    'width': 199,
    'height': 199,
    'dtype': 'uint16',
    'masked': True,
    'date': '2020-01-01',
    'stated_gsd': 11.0,
    'scaling': (Scaling(2.0, 0.0),) * 3,
    'alphas': (3,),
    'resampling': 'nearest',
    'mask': CloudMask('a_SCL.tif', 1, MaskCodes((8, 9, 10))),
    'surroundings': 3.0,
}


def test_all_that_is_known_of_a_scene_counts(inputs):
    names = {field.name for field in fields(Scene)}
    assert names == set(FIELDS) | SCENE_PLACES
    given = options(inputs)
    maps = open_maps(given, Executor())
    scene = Scene.open(str(inputs / 'a.tif'))
    keys = [
        hash_inputs([s], maps, given, Executor())
        for s in (
            scene,
            *(replace(scene, **{n: v}) for n, v in FIELDS.items()),
        )
    ]
    assert len(set(keys)) == len(keys) == 1 + len(FIELDS)
    layer = replace(scene, layers=(('SCL', 'nowhere.tif'),))
    assert hash_inputs([layer], maps, given, Executor()) == keys[0]
