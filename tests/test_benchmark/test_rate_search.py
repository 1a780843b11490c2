"""Learning rates are chosen on a run's own labels."""

import copy
from pathlib import Path

import pytest
from mmengine.registry import DefaultScope

from geokr_mm.benchmark import rate_search
from geokr_mm.benchmark.finetune import Run, run_settings
from geokr_mm.benchmark.grid import ROOT
from geokr_mm.benchmark.rate_search import with_rate
from geokr_mm.registry import DATASETS

FOLDER = ROOT / 'configs' / 'downstream'
SCENES = 'mmpretrain/resnet18_random_1xb32-coslr-20e_world-scenes.py'
COVER = 'mmsegmentation/fpn-resnet18_random_1xb8-coslr-150i_world-cover.py'
OBJECTS = (
    'mmdetection/faster-rcnn-resnet18-fpn_random_1xb4-coslr-12e_'
    'world-objects.py'
)


def files(dataset):
    infos = [dataset.get_data_info(i) for i in range(len(dataset))]
    return {info['img_path'] for info in infos}


@pytest.fixture
def run(tiny_world, tmp_path, monkeypatch):
    monkeypatch.setenv('GEOKR_WORLD', str(tiny_world))

    def made(config, **more):
        return Run(FOLDER / config, tmp_path / 'w', iterations=2, **more)

    return made


@pytest.mark.parametrize('config', [SCENES, COVER, OBJECTS])
def test_parts_share_no_image_and_no_test_image(config, run, monkeypatch):
    # The tiny world has few images.
    monkeypatch.setattr(rate_search, 'EVERY', 2)
    own = run(config, share=1.0)
    settings = rate_search._on_a_fold(own)
    whole = run_settings(own)
    with DefaultScope.overwrite_default_scope(settings.default_scope):
        fit, apart, labelled, test = (
            DATASETS.build(copy.deepcopy(loader.dataset))
            for loader in (
                settings.train_dataloader,
                settings.test_dataloader,
                whole.train_dataloader,
                whole.test_dataloader,
            )
        )
    assert files(fit) | files(apart) == files(labelled)
    assert not files(fit) & files(apart)
    assert not files(labelled) & files(test)
    assert len(apart) == len(labelled) // rate_search.EVERY
    # Read as a test image is: nothing is random.
    pipeline = whole.test_dataloader.dataset.pipeline
    kinds = [step.type for step in pipeline]
    assert [
        step.type
        for step in settings.test_dataloader.dataset.dataset.dataset.pipeline
    ] == kinds


def test_the_best_rate_is_kept_and_tried_once(run, monkeypatch, capsys):
    own = run(SCENES, labels=4)
    own = with_rate(own, [1e-3])
    assert own.rate == 1e-3
    assert run_settings(own).optim_wrapper.optimizer.lr == 1e-3
    assert 'random, seed 0: on its own labels ' in capsys.readouterr().out
    (kept,) = Path(own.work_dir).glob('rate-0.001-seed-0/metric.json')
    before = kept.stat().st_mtime_ns
    values = iter([float('nan'), 20.0, 30.0, 30.0])

    def metric(settings):
        return {settings.benchmark.metric: next(values)}

    # What is left to try takes figures from here.
    monkeypatch.setattr(rate_search, 'train_and_test', metric)
    assert with_rate(own, [1e-3]).rate == 1e-3
    assert kept.stat().st_mtime_ns == before
    for path in kept.parents[1].iterdir():
        path.joinpath('metric.json').unlink(missing_ok=True)
    assert with_rate(own, [1.0, 2.0, 3.0, 4.0]).rate == 3.0
