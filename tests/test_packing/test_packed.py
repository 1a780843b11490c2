"""Packed patches against the scenes that they were packed from."""

import io
import json
import pickle
import shutil
import tarfile

import cv2
import numpy as np
import pyarrow as pa
import pytest
import rasterio
from mmengine.registry import DefaultScope

from geokr_mm.errors import InputError
from geokr_mm.geo import KnowledgeIndex
from geokr_mm.geo.core.raster import UnusableFileError
from geokr_mm.geo.scenes.patch import read_masked_patch
from geokr_mm.geo.scenes.radiometry import stretch
from geokr_mm.geo.scenes.windowed_read import open_file
from geokr_mm.packing.pack import PackOptions, pack_patches
from geokr_mm.packing.packed import PackedPatches, open_shard
from geokr_mm.packing.pixels import TYPES, decode, encode
from geokr_mm.registry import DATASETS

RGB, FOUR = ('red', 'green', 'blue'), ('red', 'green', 'blue', 'nir')
PARTS = dict(per_shard=12)


def build(index, **kwargs):
    load = dict(type='geokr_mm.LoadPatch', cache_mb=0)
    settings = dict(index=str(index), pipeline=[load], **kwargs)
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        return DATASETS.build(dict(type='geokr_mm.GeoKRDataset', **settings))


def pack(index, out, **kwargs):
    options = PackOptions(**{**PARTS, **kwargs})
    return pack_patches(KnowledgeIndex.open(index), out, options)


@pytest.fixture(scope='module')
def packed(scene_index, tmp_path_factory):
    """Folder of packed patches by their bands, 32 of them in 3 shards."""
    folder = tmp_path_factory.mktemp('packed')
    for bands in (RGB, FOUR):
        pack(scene_index(bands), folder / str(len(bands)))
    return folder


@pytest.fixture
def copy(packed, tmp_path):
    """A copy of the four bands that a test may damage."""
    open_shard.cache_clear()
    return shutil.copytree(packed / '4', tmp_path / 'copy')


@pytest.mark.parametrize('values', ['stretched', 'physical'])
def test_lossless_samples_are_those_of_the_scene(packed, scene_index, values):
    bands = ['nir', 'green', 'red']
    settings = dict(index=scene_index(FOUR), bands=bands, values=values)
    direct = build(**settings)
    read = build(**settings, packed=str(packed / '4'))
    read = pickle.loads(pickle.dumps(read))
    assert len(direct) == len(read) == 32
    for n in (0, 31, 12, 11):
        one, two = direct[n], read[n]
        assert one['img'].dtype == two['img'].dtype
        assert np.array_equal(one['img'], two['img'])
        assert one['patch_id'] == two['patch_id']
        assert np.array_equal(one['class_fractions'], two['class_fractions'])


def test_the_scenes_are_not_needed(packed, scene_index, tmp_path):
    alone = shutil.copy(scene_index(FOUR), tmp_path / 'alone.parquet')
    assert build(alone, packed=str(packed / '4'))[3]['img'].shape[2] == 4


def test_empty_pixels_stay_empty(tiny_index_4band, tmp_path):
    index = KnowledgeIndex.open(tiny_index_4band)
    record = index.record(0)
    with rasterio.open(record.files[0]) as source:
        profile, planes = source.profile, source.read()
    planes[1, 5:70, :90] = 7
    scene = tmp_path / 'scenes' / 'holes.tif'
    scene.parent.mkdir()
    with rasterio.open(scene, 'w', **{**profile, 'nodata': 7}) as sink:
        sink.write(planes)
        sink.descriptions = FOUR[: len(planes)]
    from ..conftest import index_of

    world = tiny_index_4band.parent
    (tmp_path / 'landcover').symlink_to(world / 'landcover')
    made = index_of(tmp_path, 'holes.parquet', 'red,green,blue')
    index = KnowledgeIndex.open(made).kept()
    pack(made, tmp_path / 'out', quality=None)
    reader, masks = PackedPatches(tmp_path / 'out'), 0
    for n in range(len(index)):
        record = index.record(n).with_bands(RGB)
        pixels, valid = read_masked_patch(record)
        found, held = reader.read(n, record)
        assert np.array_equal(found, pixels)
        assert (held is None) == (valid is None)
        if valid is not None:
            assert np.array_equal(held, valid)
            masks += 1
    assert masks


@pytest.mark.parametrize('name', TYPES)
def test_every_type_of_numbers_comes_back(name):
    raw = np.random.default_rng(0).bytes(3 * 5 * 8 * 8)
    size = 3 * 5 * 8
    pixels = np.frombuffer(raw, name)[:size].reshape(3, 5, 8)
    code, _, content = encode(pixels, RGB, None)
    found = decode(memoryview(content), code, (3, 5, 8), [2, 0])
    assert found.dtype == name
    assert found.tobytes() == pixels[[2, 0]].tobytes()


def test_colours_are_jpeg_of_the_stated_quality(packed, scene_index, tmp_path):
    head = json.loads((packed / '3' / 'pack.json').read_text())
    assert head['quality'] == 95 and head['bands'] == list(RGB)
    with tarfile.open(packed / '3' / 'shard-000000.tar') as tar:
        jpeg = tar.extractfile('00000005.jpg').read()
    image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    data = build(scene_index(RGB), packed=str(packed / '3'))
    low, high = (getattr(data[5]['record'], n) for n in ('low', 'high'))
    expected = stretch(image[..., ::-1].transpose(2, 0, 1), low, high)
    assert np.array_equal(data[5]['img'], expected.transpose(1, 2, 0))
    out = tmp_path / 'same'
    assert pack(scene_index(RGB), out, quality=None)['jpeg'] == 0
    same = build(scene_index(RGB), packed=str(out))
    direct = build(scene_index(RGB))
    assert np.array_equal(same[5]['img'], direct[5]['img'])
    assert not np.array_equal(data[5]['img'], direct[5]['img'])


def test_quality_of_jpeg_is_what_is_lost():
    rows = np.arange(64) * 3
    smooth = np.stack([rows[:, None] + rows // 4 * n for n in range(3)])
    smooth = smooth.clip(0, 255).astype(np.uint8)
    lost = []
    for quality in (95, 10):
        code, ending, content = encode(smooth, RGB, quality)
        found = decode(memoryview(content), code, smooth.shape, [0, 1, 2])
        lost.append(np.abs(found.astype(int) - smooth).mean())
        assert ending == 'jpg'
    assert 0 < lost[0] < 1.5 < lost[1]


def test_others_read_a_shard_as_a_webdataset(packed, scene_index):
    index = KnowledgeIndex.open(scene_index(FOUR))
    with tarfile.open(packed / '4' / 'shard-000001.tar') as tar:
        names = tar.getnames()
        about = json.load(tar.extractfile('00000013.json'))
        content = tar.extractfile('00000013.planes.npy.zst').read()
    assert names == sorted(names) and len(names) == 24
    row = index.table.slice(13, 1).to_pylist()[0]
    assert about['patch_id'] == row['patch_id']
    assert about['fractions'] == pytest.approx(row['fractions'], abs=1e-6)
    assert about['classes'] == list(index.classes)
    (ring,) = about['footprint']['coordinates']
    assert min(x for x, _ in ring) < about['lon'] < max(x for x, _ in ring)
    stream = pa.CompressedInputStream(pa.py_buffer(content), 'zstd')
    planes = np.load(io.BytesIO(stream.read()))
    numbers = planes[0] + planes[1].astype(np.uint16) * 256
    assert about['dtype'] == 'uint16' and about['bands'] == list(FOUR)
    assert np.array_equal(numbers, read_masked_patch(index.record(13))[0])
    with tarfile.open(packed / '3' / 'shard-000000.tar') as tar:
        jpeg = tar.extractfile('00000002.jpg').read()
    assert cv2.imdecode(np.frombuffer(jpeg, np.uint8), 1).shape == (64, 64, 3)


def test_what_does_not_fit_is_refused(packed, scene_index, tiny_index, copy):
    four = scene_index(FOUR)
    with pytest.raises(InputError, match='other ones than the 31 in use'):
        build(tiny_index, packed=str(packed / '3')).full_init()
    with pytest.raises(InputError, match='packed without band nir'):
        build(four, packed=str(packed / '3')).full_init()
    with pytest.raises(InputError, match='no packed patches in this folder'):
        build(four, packed=str(packed)).full_init()
    head = json.loads((copy / 'pack.json').read_text())
    (copy / 'pack.json').write_text(json.dumps({**head, 'layout': 9}))
    with pytest.raises(InputError, match='layout 9, this one reads 1'):
        PackedPatches(copy)
    shutil.copy(packed / '4' / 'pack.json', copy)
    with (copy / 'shard-000001.tar').open('rb+') as stream:
        stream.truncate(4096)
    with pytest.raises(InputError, match='shard-000001.tar: 4096 bytes, not'):
        PackedPatches(copy)
    with pytest.raises(InputError, match='exists already'):
        pack(four, packed / '4')


def test_a_damaged_record_is_noticed_and_replaced(copy, scene_index):
    places = np.load(copy / 'shard-000000.npy')
    with (copy / 'shard-000000.tar').open('rb+') as stream:
        stream.seek(int(places[3]['offset']) + 700)
        stream.write(b'?')
    data = build(scene_index(FOUR), packed=str(copy))
    with pytest.raises(UnusableFileError, match='_192_0 is damaged') as error:
        data[3]
    assert error.value.reason == 'checksum'
    lenient = build(scene_index(FOUR), packed=str(copy), max_bad_fraction=0.05)
    assert lenient[3]['patch_id'] != data[2]['patch_id'] != ''
    assert list(lenient._bad.met) == [3]


def test_a_damaged_index_of_a_shard_is_noticed(copy, scene_index):
    with (copy / 'shard-000002.npy').open('rb+') as stream:
        stream.seek(-1, 2)
        stream.write(b'?')
    data = build(scene_index(FOUR), packed=str(copy))
    with pytest.raises(UnusableFileError, match='shard-000002.npy: cannot'):
        data[30]
    assert data[0]['img'].shape == (64, 64, 4)


@pytest.fixture
def broken(tiny_index, tmp_path):
    """An index, and its scene of which the last patch has changed since."""
    shutil.copytree(tiny_index.parent / 'scenes', tmp_path / 'scenes')
    index = shutil.copy(tiny_index, tmp_path / 'index.parquet')
    record = KnowledgeIndex.open(index).kept().record(30)
    whole = record.files[0] + '.whole'
    shutil.copy(record.files[0], whole)
    with rasterio.open(record.files[0], 'r+') as scene:
        pixels = scene.read()
        pixels[:, record.window.row, record.window.col] ^= 1
        scene.write(pixels)
    open_file.cache_clear()
    return index, record.files[0], whole


def test_an_interrupted_run_goes_on_by_shards(broken, tmp_path):
    index, scene, whole = broken
    with pytest.raises(InputError, match='--resume keeps 2 finished shards'):
        pack(index, tmp_path / 'out')
    assert not (tmp_path / 'out').exists()
    (draft,) = tmp_path.glob('.out.parts-*')
    first = (draft / 'shard-000000.tar').stat()
    shutil.move(whole, scene)
    open_file.cache_clear()
    options = PackOptions(**PARTS)
    opened = KnowledgeIndex.open(index)
    pack_patches(opened, tmp_path / 'out', options, resume=True)
    assert (tmp_path / 'out/shard-000000.tar').stat().st_ino == first.st_ino
    pack(index, tmp_path / 'again')
    files = sorted(p.name for p in (tmp_path / 'out').iterdir())
    assert files == sorted(p.name for p in (tmp_path / 'again').iterdir())
    for name in files:
        one, two = (tmp_path / d / name for d in ('out', 'again'))
        assert one.read_bytes() == two.read_bytes()
    assert not list(tmp_path.glob('.*.parts-*'))


def test_bad_patches_have_the_same_substitutes(broken, tmp_path, caplog):
    index, _, _ = broken
    found = pack(index, tmp_path / 'out', max_bad_fraction=0.1)
    assert found['left_out'] == 1
    assert 'other pixels than when the index was built' in caplog.text
    settings = dict(index=index, max_bad_fraction=0.1)
    direct = build(**settings)
    read = build(**settings, packed=str(tmp_path / 'out'))
    assert direct[30]['patch_id'] == read[30]['patch_id']
    assert list(read._bad.met) == [30]
