"""Each dense set: prepared, trained on for two steps, resumed, measured."""

import runpy
import shutil
from pathlib import Path

import pytest
from mmengine.config import Config

from geokr_mm.errors import InputError
from geokr_mm.runners import build_runner, train_runner
from geokr_mm.zoo import list_cards, load_card
from geokr_mm.zoo.convert import convert

ROOT = Path(__file__).resolve().parents[2]
SETS = [n for n in list_cards() if load_card(n).task != 'scenes']
CONFIGS = sorted(
    path.stem
    for folder in ('mmsegmentation', 'mmdetection')
    for path in (ROOT / 'configs/downstream' / folder).glob('*_random_*.py')
    if '_base_/datasets/' in path.read_text()
)
SIDE = 64


@pytest.fixture(scope='session')
def toys():
    return runpy.run_path(str(Path(__file__).with_name('toys.py')))['make']


def prepare_of(name):
    tool = ROOT / f'tools/dataset_converters/{name}.py'
    return runpy.run_path(str(tool))['prepare']


def card_of(name, root):
    """A card with as many files as the toy download has."""
    card = load_card(name)
    protocols = {
        key: protocol.model_copy(update=dict(counts={}))
        for key, protocol in card.protocols.items()
    }
    counts = {
        pattern: count and len(list(root.glob(pattern)))
        for pattern, count in card.files.items()
    }
    return card.model_copy(
        update=dict(files=counts, size=None, protocols=protocols)
    )


def root_of(name, download):
    inside = load_card(name).inside
    return next(
        download / folder
        for folder in inside
        if any((download / folder).glob([*load_card(name).files][0]))
    )


@pytest.fixture
def download(toys, shared_data, tmp_path):
    """The toy download of a set, and its card."""

    def make(name):
        folder = tmp_path / 'download'
        toys(name, folder, shared_data)
        return folder, card_of(name, root_of(name, folder))

    return make


@pytest.mark.parametrize('name', SETS)
def test_a_toy_download_is_whole_or_refused(name, download, tmp_path):
    folder, card = download(name)
    about = convert(card, folder, tmp_path / 'out', prepare_of(name))
    assert about['whole'] in (True, None)
    for parts in about['parts'].values():
        assert len(parts) > 1 and all(parts.values())
    for pattern in card.files:
        broken = tmp_path / 'broken'
        shutil.copytree(folder, broken)
        lost = sorted(root_of(name, broken).glob(pattern))[-1]
        lost.unlink()
        with pytest.raises(InputError) as error:
            convert(card, broken, tmp_path / 'again', prepare_of(name))
        assert lost.name in str(error.value) or pattern in str(error.value)
        assert not (tmp_path / 'again').exists()
        shutil.rmtree(broken)


def small(node):
    """Let images and heads be small, and loaders work in this process."""
    for key, value in list(node.items()):
        if key in ('channels', 'fc_out_channels'):
            node[key] = 32
        # Boxes of an untrained net count.
        if key == 'score_thr':
            node[key] = 0.0
        if key in ('scale', 'crop_size', 'size') and value is not None:
            node[key] = (SIDE, SIDE)
        if key == 'num_workers':
            node.update(num_workers=0, persistent_workers=False)
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, dict):
                small(item)


def short_run(config, work, resume):
    """Two steps, or two more."""
    path = next((ROOT / 'configs/downstream').glob(f'*/{config}.py'))
    settings = Config.fromfile(path)
    small(settings)
    # An epoch of four images has two steps.
    by_epoch = settings.train_cfg.type == 'EpochBasedTrainLoop'
    unit, most = (1, 'max_epochs') if by_epoch else (2, 'max_iters')
    if by_epoch:
        settings.train_dataloader.dataset.count = 4
    settings.merge_from_dict(
        {
            'work_dir': str(work),
            f'train_cfg.{most}': unit * (1 + resume),
            'train_cfg.val_interval': 100,
            'train_dataloader.batch_size': 2,
            'default_hooks.checkpoint.interval': unit,
            'log_level': 'WARNING',
            'resume': resume,
        }
    )
    runner = build_runner(settings)
    train_runner(runner)
    return runner


def check_run(config, work):
    """Two steps, two more after resuming, and a figure."""
    assert short_run(config, work, resume=False).iter == 2
    runner = short_run(config, work, resume=True)
    assert runner._resume and runner.iter == 4
    metric = runner.test()[runner.cfg.benchmark.metric]
    assert -1 <= metric <= 100


@pytest.fixture
def prepared(download, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv('GEOKR_SETS', raising=False)

    def make(config):
        if '/mmdetection/' in str(config):
            pytest.importorskip('mmcv._ext')
        name = config.rpartition('_')[2].replace('-', '_')
        folder, card = download(name)
        convert(card, folder, tmp_path / 'data' / name, prepare_of(name))

    return make


def test_a_config_trains(prepared, tmp_path):
    """The smallest net; the others are slow."""
    config = 'fpn-resnet50_random_1xb8-polylr-80ki_potsdam'
    prepared(config)
    check_run(config, tmp_path / 'work')


@pytest.mark.slow
@pytest.mark.parametrize('config', CONFIGS)
def test_a_config_trains_resumes_and_is_measured(config, prepared, tmp_path):
    prepared(config)
    check_run(config, tmp_path / 'work')
