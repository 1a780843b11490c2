"""Each set: prepared, trained on for two steps, resumed, measured."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.registry import DefaultScope
from PIL import Image

from geokr_mm.errors import InputError
from geokr_mm.export import export_backbone
from geokr_mm.registry import MODELS
from geokr_mm.zoo import list_cards, load_card
from geokr_mm.zoo.bigearthnet import CLASSES, patches
from geokr_mm.zoo.convert import convert
from geokr_mm.zoo.scenes import class_folders

pytestmark = pytest.mark.filterwarnings('ignore:.*nothing published')
ROOT = Path(__file__).resolve().parents[2]
SCENES = [n for n in list_cards() if isinstance(load_card(n).classes, dict)]
CONFIGS = sorted(
    path.stem
    for path in (ROOT / 'configs/downstream/mmpretrain').glob('*_random_*.py')
    if '_base_/datasets/' in path.read_text()
)
BANDS = 'B01 B02 B03 B04 B05 B06 B07 B08 B8A B09 B11 B12'.split()  # noqa: SIM905
#: Real pieces below the shared data.
PIECES = {
    'aid': 'aid150',
    'eurosat': 'eurosat',
    'resisc45': 'resisc12',
    'rsscn7': 'rsscn7',
}


def set_of(config):
    return config.rpartition('_')[2].replace('-', '_')


def check_run(short_run, config):
    """Two steps of few labels, two more after resuming, and a figure."""
    assert short_run(config, 1).iter == 2
    runner = short_run(config, 2)
    assert runner._resume and runner.iter == 4
    metric = runner.test()[runner.cfg.benchmark.metric]
    assert 0 <= metric <= 100


def test_a_piece_of_aid_by_its_command(
    shared_data, run_here, short_run, tmp_path
):
    tool, out = 'dataset_converters/aid.py', tmp_path / 'data/aid'
    piece = shared_data / 'aid150'
    status, _, shown = run_here(tool, piece, out)
    assert status == 2
    assert 'Airport/*.jpg: 40 files, AID has 360' in shown
    assert not out.exists()

    with pytest.warns(UserWarning, match='AID, 1200 of 10000 files'):
        status, printed, _ = run_here(tool, piece, out, '--piece')
    assert status == 0
    assert '20: 240 train, 960 test' in printed
    assert not json.loads((out / 'about.json').read_text())['whole']
    with pytest.warns(UserWarning, match='data/aid: a piece of AID'):
        check_run(short_run, 'resnet50-frozen_random_1xb64-coslr-100e_aid')


@pytest.mark.parametrize('name', SCENES)
def test_a_toy_download_is_whole_or_refused(
    name, toy_card, make_download, tmp_path
):
    card = toy_card(name, 10)
    download = make_download(card, tmp_path / 'download')
    about = convert(card, download, tmp_path / 'out', class_folders)
    assert about['whole']
    images = 10 * len(card.classes)
    assert {sum(p.values()) for p in about['parts'].values()} == {images}
    lost = next((download / card.inside[-1]).glob('*/0003*'))
    lost.unlink()
    with pytest.raises(InputError, match=f'{lost.parent.name}.*: 9 files'):
        convert(card, download, tmp_path / 'again', class_folders)


def test_a_division_by_longitude(toy_card, make_download, tmp_path):
    """From georeferences, or from the table that these made."""
    card = toy_card('eurosat_ms', 10)
    download = make_download(card, tmp_path / 'download')
    convert(card, download, tmp_path / 'ms', class_folders)
    numbers = {
        part: [
            int(line.split()[0][-6:-4])
            for line in (tmp_path / f'ms/{part}_spatial.txt').open()
        ]
        for part in ('train', 'val', 'test')
    }
    assert {*numbers['train']} == {*range(6)}
    assert {*numbers['val']} == {6, 7} and {*numbers['test']} == {8, 9}

    rgb = toy_card('eurosat', 10)
    download = make_download(rgb, tmp_path / 'rgb')
    about = convert(rgb, download, tmp_path / 'unplaced', class_folders)
    assert [*about['parts']] == ['random']
    table = (tmp_path / 'ms/places.csv').read_bytes()
    (download / rgb.inside[-1] / 'places.csv').write_bytes(table)
    convert(rgb, download, tmp_path / 'placed', class_folders)
    lines = [
        (tmp_path / out / 'test_spatial.txt').read_text().replace(*names)
        for out, names in (('placed', ('', '')), ('ms', ('.tif', '.jpg')))
    ]
    assert lines[0] == lines[1]


@pytest.fixture
def bigearthnet(tmp_path):
    """60 patches to train on, 10 and 10 others; and a card of that."""
    rng = np.random.default_rng(0)
    folder, number = tmp_path / 'download', 0
    for part, count in (('train', 60), ('val', 10), ('test', 10)):
        names = []
        for _ in range(count):
            tile, number = f'S2A_MSIL2A_{number % 7}', number + 1
            names.append(f'{tile}_{number}_1')
            patch = folder / 'BigEarthNet-v1.0' / names[-1]
            patch.mkdir(parents=True)
            labels = rng.choice([*CLASSES], 2, replace=False).tolist()
            (patch / f'{names[-1]}_labels_metadata.json').write_text(
                json.dumps(dict(labels=[*labels, 'Dump sites']))
            )
            for band in BANDS:
                side = {'B01': 2, 'B05': 6}.get(band, 12)
                pixels = rng.integers(0, 4000, (side, side), dtype=np.uint16)
                Image.fromarray(pixels).save(patch / f'{names[-1]}_{band}.tif')
        lines = ''.join(f'{name},S1\n' for name in names)
        (folder / f'{part}.csv').write_text(lines)
    sums = {
        f'{part}.csv': hashlib.md5(
            (folder / f'{part}.csv').read_bytes()
        ).hexdigest()
        for part in ('train', 'val', 'test')
    }
    files = dict.fromkeys(load_card('bigearthnet').files, number)
    card = load_card('bigearthnet').model_copy(
        update=dict(files=files, archives=sums)
    )
    return card, folder


def test_patches_with_several_labels(bigearthnet, tmp_path):
    card, folder = bigearthnet
    about = convert(card, folder, tmp_path / 'out', patches)
    assert about['whole']
    assert about['parts']['10'] == dict(train=6, val=10, test=10)
    assert about['parts']['100'] == dict(train=60, val=10, test=10)
    name, numbers = (tmp_path / 'out/test_10.txt').open().readline().split()
    path = folder / f'BigEarthNet-v1.0/{name}/{name}_labels_metadata.json'
    names = json.loads(path.read_text())['labels'][:2]
    assert {*map(int, numbers.split(','))} == {CLASSES[n] for n in names}
    assert not list((tmp_path / 'out/train_100').glob('*_a_class_*'))


def test_a_wrong_list_or_patch_of_bigearthnet(bigearthnet, tmp_path):
    card, folder = bigearthnet

    def refused():
        with pytest.raises(InputError) as error:
            convert(card, folder, tmp_path / 'out', patches)
        return str(error.value)

    patch = next((folder / 'BigEarthNet-v1.0').iterdir())
    next(patch.glob('*_B05.tif')).unlink()
    assert f'{patch.name}: 11 bands, a patch has 12' in refused()
    with (folder / 'val.csv').open('a') as file:
        file.write('another,S1\n')
    assert 'val.csv: MD5' in refused()
    (folder / 'test.csv').unlink()
    (folder / 'val.csv').unlink()
    assert 'val.csv: no such list of patches' in refused()
    (patch / f'{patch.name}_labels_metadata.json').unlink()
    assert '79 files, BigEarthNet-S2 has 80' in refused()


def test_micro_average_precision():
    """All decisions in one row, as the definition has it."""
    from geokr_mm.evaluation import MicroAveragePrecision

    metric = MicroAveragePrecision()
    scores, labels = [[0.9, 0.2, 0.6], [0.5, 0.8, 0.1]], [[0], [0, 1]]
    metric.process(
        None,
        [
            dict(pred_score=torch.tensor(s), gt_label=torch.tensor(k))
            for s, k in zip(scores, labels, strict=True)
        ],
    )
    # In order of scores: true, true, false, true.
    found = metric.compute_metrics(metric.results)['micro_mAP']
    assert found == pytest.approx(100 * (1 + 1 + 3 / 4) / 3)


@pytest.fixture
def prepared(request, toy_card, make_download, tmp_path):
    """A set below data/: its real piece, else a toy download."""

    def make(name):
        card, out = load_card(name), tmp_path / 'data' / name
        if name == 'bigearthnet':
            whole = request.getfixturevalue('bigearthnet')
            convert(*whole, out, patches)
            return
        if name not in PIECES:
            card = toy_card(name, 10)
            download = make_download(card, tmp_path / 'download')
            convert(card, download, out, class_folders)
            return
        piece = request.getfixturevalue('shared_data') / PIECES[name]
        download = tmp_path / 'download'
        download.mkdir()
        # Two classes of resisc12 are of several of RESISC45.
        for folder in piece.iterdir():
            if folder.name in card.classes or folder.is_file():
                (download / folder.name).symlink_to(folder)
        with pytest.warns(UserWarning, match='nothing published'):
            convert(card, download, out, class_folders, piece=True)

    return make


@pytest.mark.slow
@pytest.mark.parametrize('config', CONFIGS)
def test_a_config_trains_resumes_and_is_measured(config, prepared, short_run):
    prepared(set_of(config))
    check_run(short_run, config)


@pytest.mark.slow
@pytest.mark.parametrize(
    'config',
    [
        next(c for c in CONFIGS if c.startswith(f'{backbone}_'))
        for backbone in ('resnet50', 'vgg16bn', 'swin-tiny', 'vit-base-p16')
    ],
)
def test_a_backbone_file_is_where_training_starts(
    config, prepared, short_run, tmp_path, monkeypatch
):
    from mmengine.config import Config

    path = next((ROOT / 'configs/downstream').glob(f'*/{config}.py'))
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        backbone = MODELS.build(Config.fromfile(path).model.backbone)
    backbone.init_weights()
    state = {f'backbone.{k}': v for k, v in backbone.state_dict().items()}
    torch.save(dict(state_dict=state), tmp_path / 'run.pth')
    export_backbone(tmp_path / 'run.pth', tmp_path / 'backbone.pth')
    monkeypatch.setenv('GEOKR_CHECKPOINT', str(tmp_path / 'backbone.pth'))
    prepared(set_of(config))
    zero = {
        'optim_wrapper.optimizer.lr': 0.0,
        'optim_wrapper.optimizer.weight_decay': 0.0,
    }
    runner = short_run(config.replace('_random_', '_geokr-pre_'), 1, **zero)
    trained = runner.model.backbone.state_dict()
    for name, value in backbone.state_dict().items():
        if 'running' not in name and 'num_batches' not in name:
            assert torch.equal(trained[name], value), name
