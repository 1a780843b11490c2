"""Pre-training and downstream give a backbone the same tensor."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import rasterio
import torch
from mmcv.transforms import Compose
from mmengine.config import Config
from mmengine.dataset import default_collate, pseudo_collate
from mmengine.registry import DefaultScope, init_default_scope
from rasterio.transform import from_origin

from geokr_mm.benchmark.image_sets import from_folder
from geokr_mm.benchmark.probe import features_of
from geokr_mm.engine.checks import check_once
from geokr_mm.engine.settings import settle_knowledge
from geokr_mm.errors import InputError
from geokr_mm.export import export_backbone, load_backbone
from geokr_mm.geo import (
    BuildOptions,
    KnowledgeIndex,
    LandCover,
    build_index,
)
from geokr_mm.geo.index.segmentation_export import write_masks
from geokr_mm.registry import MODELS, TRANSFORMS
from geokr_mm.runners import build_runner

BANDS = (
    'B01', 'B02', 'B03', 'B04', 'B05', 'B06', 'B07', 'B08', 'B8A', 'B09',
    'B11', 'B12',
)  # fmt: skip
SIZE = 32
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
LULC = """
name: lulc
title: Annual land cover beside the Sentinel-2 places
years: [2021]
gsd: 10
crs: EPSG:32633
source: here
licence: CC BY 4.0
citation: nobody
accuracy: none
overall_accuracy: 0.85
nodata: [0, 8]
sea: []
classes:
- {code: 1, name: water, color: [26, 91, 171], common: water}
- {code: 2, name: trees, color: [53, 130, 33], common: forest}
- {code: 3, name: flooded, color: [135, 209, 158], common: wetland}
- {code: 4, name: crops, color: [255, 219, 92], common: cultivated}
- {code: 5, name: built, color: [237, 2, 42], common: artificial}
- {code: 6, name: bare, color: [237, 233, 228], common: bareland}
- {code: 7, name: snow, color: [242, 250, 255], common: snow_ice}
- {code: 9, name: rangeland, color: [198, 173, 141], common: grassland}
"""


def write(path, planes, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    bands = options.pop('descriptions', None)
    profile = dict(
        driver='GTiff',
        count=len(planes),
        height=planes.shape[1],
        width=planes.shape[2],
        dtype=planes.dtype,
        crs='EPSG:32633',
        transform=from_origin(500000, 5100000, 10, 10),
    )
    with rasterio.open(path, 'w', **(profile | options)) as sink:
        sink.write(planes)
        if bands:
            sink.descriptions = bands


@pytest.fixture(scope='module')
def tiny(tmp_path_factory) -> Path:
    """A folder with a scene of twelve bands, partly empty, and its map."""
    folder = tmp_path_factory.mktemp('twelve')
    rng = np.random.default_rng(5)
    level = np.linspace(400, 4200, 12)[:, None, None]
    pixels = rng.normal(level, level / 4, (12, 96, 96)).clip(1, 9000)
    pixels[:, :, 40:44] = 0
    write(
        folder / 'scene.tif',
        pixels.astype(np.uint16),
        nodata=0,
        descriptions=BANDS,
    )
    codes = np.kron(rng.integers(1, 3, (12, 12)), np.ones((8, 8)))
    write(folder / 'map_2021.tif', codes[None].astype(np.uint8))
    (folder / 'mine.yaml').write_text(PRODUCT)
    return folder


def build(folder, name, **changes):
    given = dict(
        scenes=(str(folder / 'scene.tif'),),
        product=str(folder / 'mine.yaml'),
        land_cover=(str(folder / 'map_2021.tif'),),
        patch_size=SIZE,
        year=2021,
        without=('nodata', 'dark', 'low_contrast', 'cloud'),
    )
    out = folder / name
    build_index(BuildOptions(**{**given, **changes, 'out': str(out)}))
    return out


def pretrained(repo, index, values, bands):
    """A backbone file of a run of one step."""
    folder = index.parent / f'run-{index.stem}-{values}'
    folder.mkdir()
    bases = repo / 'configs' / '_base_'
    text = [
        f"_base_ = ['{bases}/models/geokr_resnet18.py', "
        f"'{bases}/default_runtime.py']"
    ]
    (folder / 'config.py').write_text('\n'.join(text))
    config = Config.fromfile(folder / 'config.py')
    config.merge_from_dict(
        dict(
            work_dir=str(folder),
            model=dict(
                backbone=dict(
                    in_channels=bands, stem_channels=8, base_channels=8
                ),
                data_preprocessor=dict(type='geokr_mm.BandDataPreprocessor'),
            ),
            train_dataloader=dict(
                batch_size=2,
                num_workers=0,
                sampler=dict(type='DefaultSampler', shuffle=True),
                collate_fn=dict(type='default_collate'),
                dataset=dict(
                    type='geokr_mm.GeoKRDataset',
                    index=str(index),
                    values=values,
                    pipeline=[
                        dict(type='geokr_mm.LoadPatch'),
                        dict(type='geokr_mm.PackKnowledgeInputs'),
                    ],
                ),
            ),
            optim_wrapper=dict(
                type='OptimWrapper', optimizer=dict(type='SGD', lr=0.1)
            ),
            train_cfg=dict(type='IterBasedTrainLoop', max_iters=1),
            default_hooks=dict(checkpoint=dict(by_epoch=False, interval=1)),
        )
    )
    settle_knowledge(config)
    runner = build_runner(config)
    runner.train()
    export_backbone(folder / 'iter_1.pth', folder / 'backbone.pth')
    return folder / 'backbone.pth', runner


def taught(runner, number=0):
    """What the backbone got of a patch in pre-training, and its record."""
    dataset = runner.train_dataloader.dataset
    batch = default_collate([dataset[number]])
    batch = runner.model.data_preprocessor(batch, False)
    return batch['inputs'][0], dataset.get_data_info(number)['record']


def cut(record, path, descriptions=BANDS):
    """A patch as a file of its own, as a downstream set has it."""
    with rasterio.open(record.files[0]) as source:
        window = rasterio.windows.Window(*record.window)
        planes = source.read(window=window)
        write(
            path,
            planes,
            nodata=source.nodata,
            descriptions=descriptions,
            transform=source.window_transform(window),
        )
    return path


PACKING = dict(
    mmpretrain=('PackInputs', 'ClsDataPreprocessor', default_collate),
    mmseg=('PackSegInputs', 'SegDataPreProcessor', pseudo_collate),
    mmdet=('PackDetInputs', 'DetDataPreprocessor', pseudo_collate),
)


def downstream(library, path, checkpoint, **loading):
    """What the backbone gets of an image file in a library's pipeline."""
    pack, preprocessor, collate = PACKING[library]
    if library == 'mmdet':
        pytest.importorskip('mmcv._ext')
    init_default_scope(library)
    with DefaultScope.overwrite_default_scope(library):
        results = dict(img_path=str(path), seg_map_path=None)
        for step in (
            dict(type='geokr_mm.LoadScenePatch', **loading),
            dict(
                type='geokr_mm.NormalizeAsPretrained',
                checkpoint=str(checkpoint),
            ),
            dict(type=pack, meta_keys=('img_path', 'img_shape', 'ori_shape')),
        ):
            results = TRANSFORMS.build(step)(results)
        module = MODELS.build(dict(type=preprocessor))
        return module(collate([results]), False)['inputs'][0]


@pytest.fixture(scope='module')
def reflectance(repo, tiny):
    """Index and backbone of reflectance."""
    index = build(
        tiny, 'reflectance.parquet', scale=1e-4, offset=-0.1,
        units='reflectance',
    )  # fmt: skip
    return index, *pretrained(repo, index, 'physical', 12)


@pytest.mark.parametrize('library', list(PACKING))
def test_reflectance_is_the_same_tensor(reflectance, tiny, tmp_path, library):
    index, checkpoint, runner = reflectance
    for number in (0, 1):
        expected, record = taught(runner, number)
        path = cut(record, tmp_path / f'{number}.tif')
        found = downstream(library, path, checkpoint)
        assert found.dtype == torch.float32 and found.shape == (12, 32, 32)
        assert (found - expected).abs().max() <= 1e-6
    # Both sides are what the file and the index state.
    with rasterio.open(path) as source:
        stored = source.read().astype(float)
    about = KnowledgeIndex.open(index).metadata.values
    mean, std = (np.array(about[k])[:, None, None] for k in ('mean', 'std'))
    values = (stored * 1e-4 - 0.1 - mean) / std
    values[stored == 0] = 0.0
    assert (stored == 0).any()
    np.testing.assert_allclose(found.numpy(), values, atol=2e-5)


def test_the_card_states_the_radiometry(reflectance):
    card = load_backbone(reflectance[1])[1]
    about = KnowledgeIndex.open(reflectance[0]).metadata.values
    assert card['bands'] == list(BANDS)
    assert card['wavelengths'][:4] == [0.443, 0.492, 0.560, 0.665]
    assert (card['units'], card['stored_units']) == ('reflectance', 'counts')
    assert card['scale'] == [1e-4] * 12 and card['offset'] == [-0.1] * 12
    assert card['values'] == 'physical' and card['stretch'] is None
    assert card['gsd'] == [10.0, 10.0] and card['patch_size'] == SIZE
    np.testing.assert_allclose(card['mean'], about['mean'], rtol=1e-6)
    np.testing.assert_allclose(card['std'], about['std'], rtol=1e-6)
    # Neither the scene nor the maker of the map states them.
    assert card['unknown'] == ['dates', 'licence']


@pytest.mark.parametrize('library', list(PACKING))
def test_a_shared_stretch_is_the_same_tensor(
    repo, tiny, tmp_path, library, stretched
):
    _, checkpoint, runner = stretched
    expected, record = taught(runner)
    path = cut(record, tmp_path / 'patch.tif')
    found = downstream(library, path, checkpoint)
    assert (found - expected).abs().max() <= 1e-6
    assert len(found.unique()) > 100


@pytest.fixture(scope='module')
def stretched(repo, tiny):
    index = build(tiny, 'stretched.parquet', stretch='sensor', scale=1e-4)
    return index, *pretrained(repo, index, 'stretched', 12)


def test_exported_patches_are_the_same_tensor(reflectance, tiny, tmp_path):
    index, checkpoint, runner = reflectance
    opened = KnowledgeIndex.open(index)
    cover = LandCover.open(
        str(tiny / 'mine.yaml'), tiny / 'map_2021.tif', 2021
    )
    write_masks(
        opened, cover, tmp_path / 'out', 0.7, 0.003, quiet=True, stored=True
    )
    paths = sorted((tmp_path / 'out' / 'images').rglob('*.tif'))
    assert len(paths) > 2
    for path in paths:
        expected, _ = taught(runner, int(path.stem))
        found = downstream('mmseg', path, checkpoint)
        assert (found - expected).abs().max() <= 1e-6


def test_files_that_state_their_scale_need_no_setting(reflectance, tmp_path):
    _, checkpoint, runner = reflectance
    expected, record = taught(runner)
    path = cut(record, tmp_path / 'patch.tif')
    with rasterio.open(path, 'r+') as file:
        file.scales, file.offsets = [1e-4] * 12, [-0.1] * 12
    found = downstream('mmseg', path, checkpoint)
    assert (found - expected).abs().max() <= 1e-6


@pytest.mark.parametrize(
    ('descriptions', 'loading', 'words'),
    [
        (None, {}, ['bands b1, b2', 'B01, B02', 'band_names']),
        (
            BANDS,
            dict(bands=BANDS[::-1]),
            ['bands B12, B11', 'in this order', "bands=['B01', 'B02'"],
        ),
        (BANDS, dict(bands=BANDS[:3]), ['bands B01, B02, B03;', '--bands']),
        (
            BANDS,
            dict(scale=1.0, offset=0.0),
            ['has counts', 'reflectance, from counts with scale 0.0001'],
        ),
        (
            BANDS,
            dict(scale=1e-3),
            ['has scaled values', 'scale 0.0001 and offset -0.1'],
        ),
        (BANDS, dict(bands=['B01', 'red']), ['no band red', 'it has B01']),
    ],
)
def test_a_mismatch_names_both_sides(
    reflectance, tmp_path, descriptions, loading, words
):
    _, checkpoint, runner = reflectance
    path = cut(taught(runner)[1], tmp_path / 'patch.tif', descriptions)
    with pytest.raises(InputError) as caught:
        downstream('mmseg', path, checkpoint, **loading)
    assert str(path) in str(caught.value)
    assert all(word in str(caught.value) for word in words), caught.value


def test_bytes_are_no_reflectance(reflectance, tmp_path):
    path = tmp_path / 'bytes.tif'
    write(path, np.full((12, 32, 32), 80, np.uint8), descriptions=BANDS)
    with pytest.raises(InputError, match='has brightness 0 to 255'):
        downstream('mmseg', path, reflectance[1])


def test_a_stretch_of_each_scene_cannot_be_repeated(
    repo, tiny, tmp_path, reflectance
):
    scene = tmp_path / 'scenes' / 'other.tif'
    with rasterio.open(tiny / 'scene.tif') as source:
        write(scene, source.read() * 2, nodata=0, descriptions=BANDS)
    index = build(
        tiny, 'scenes.parquet', scenes=(str(tiny / 'scene.tif'), str(scene))
    )
    checkpoint, runner = pretrained(repo, index, 'stretched', 12)
    path = cut(taught(runner)[1], tmp_path / 'patch.tif')
    with pytest.raises(InputError, match='each stretched .* --stretch sensor'):
        downstream('mmseg', path, checkpoint)
    # Images that are 8-bit already are normalised as they are.
    write(path, np.full((12, 32, 32), 80, np.uint8), descriptions=BANDS)
    card = load_backbone(checkpoint)[1]
    found = downstream('mmseg', path, checkpoint)[:, 0, 0].numpy()
    expected = (80 - np.array(card['mean'])) / np.array(card['std'])
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_it_is_normalised_once(reflectance):
    step = dict(
        type='geokr_mm.NormalizeAsPretrained', checkpoint=str(reflectance[1])
    )
    data = SimpleNamespace(pipeline=Compose([step]))
    other = SimpleNamespace(pipeline=Compose([]))
    init_default_scope('mmseg')
    for given in (dict(mean=[1.0], std=[2.0]), dict(bgr_to_rgb=True)):
        module = MODELS.build(dict(type='SegDataPreProcessor', **given))
        model = SimpleNamespace(data_preprocessor=module)
        with pytest.raises(InputError, match='leave mean, std, to_rgb'):
            check_once(model, data)
        check_once(model, other)
    plain = MODELS.build(dict(type='SegDataPreProcessor'))
    check_once(SimpleNamespace(data_preprocessor=plain), data)


def test_the_probe_of_8_bit_images_refuses(reflectance, tmp_path):
    for name in ('a', 'b'):
        (tmp_path / name).mkdir()
        write(tmp_path / name / '1.tif', np.zeros((3, 8, 8), np.uint8))
    with pytest.raises(InputError, match='takes reflectance, the probe'):
        features_of(str(reflectance[1]), from_folder(tmp_path, 8))


def test_a_card_without_units_takes_bytes(reflectance, tmp_path):
    """As an imported start or an earlier version's backbone has it."""
    content = torch.load(reflectance[1], weights_only=True)
    for key in ('values', 'units', 'stored_units', 'scale', 'offset'):
        del content['meta'][key]
    torch.save(content, tmp_path / 'old.pth')
    path = tmp_path / 'patch.tif'
    write(path, np.full((12, 32, 32), 80, np.uint8), descriptions=BANDS)
    found = downstream('mmseg', path, tmp_path / 'old.pth')[:, 0, 0].numpy()
    mean, std = (np.array(content['meta'][key]) for key in ('mean', 'std'))
    np.testing.assert_allclose(found, (80 - mean) / std, rtol=1e-5)
    cut(taught(reflectance[2])[1], path)
    with pytest.raises(InputError, match='counts; .* 8-bit images'):
        downstream('mmseg', path, tmp_path / 'old.pth')


def test_nothing_may_move_pixels_before(reflectance, tmp_path):
    _, checkpoint, runner = reflectance
    path = cut(taught(runner, 1)[1], tmp_path / 'patch.tif')
    load = TRANSFORMS.build(dict(type='geokr_mm.LoadScenePatch'))
    results = load(dict(img_path=str(path)))
    results['img'] = results['img'][:16]
    step = dict(
        type='geokr_mm.NormalizeAsPretrained', checkpoint=str(checkpoint)
    )
    with pytest.raises(InputError, match='cropped or resized'):
        TRANSFORMS.build(step)(results)
    with pytest.raises(InputError, match=r'load it with geokr_mm\.LoadScene'):
        TRANSFORMS.build(step)(dict(img=np.zeros((8, 8, 12), np.uint8)))


def test_real_patches_are_the_same_tensor(repo, shared_data, tmp_path):
    """Twelve bands of real Sentinel-2 with a 10 m product, as counts."""
    root = shared_data / 's2_lulc'
    if not root.is_dir():
        pytest.skip('s2_lulc not found: set GEOKR_DATA to its folder')
    (tmp_path / 'lulc.yaml').write_text(LULC)
    index = build(
        tmp_path,
        'lulc.parquet',
        scenes=tuple(sorted(map(str, (root / 'S2L2A').glob('*.tif')))),
        product=str(tmp_path / 'lulc.yaml'),
        land_cover=tuple(sorted(map(str, (root / 'LULC').glob('*.tif')))),
        band_names=BANDS,
        patch_size=56,
        legend='native',
    )
    checkpoint, runner = pretrained(repo, index, 'physical', 12)
    card = load_backbone(checkpoint)[1]
    assert card['units'] == 'counts' and card['scale'] == [1.0] * 12
    for number in (0, len(runner.train_dataloader.dataset) - 1):
        expected, record = taught(runner, number)
        path = cut(record, tmp_path / f'{number}.tif', None)
        for library in ('mmpretrain', 'mmseg'):
            found = downstream(library, path, checkpoint, band_names=BANDS)
            assert (found - expected).abs().max() <= 1e-6
            assert found.abs().max() < 50
