"""Few-label runs of a fixed length."""

import pytest

from geokr_mm.benchmark.finetune import RANDOM, finetune, twin_config
from geokr_mm.benchmark.grid import ROOT
from geokr_mm.benchmark.protocol import load_protocol

TASKS = {
    ROOT / task.config: task.options for task in load_protocol('S').finetunes
}


@pytest.mark.parametrize('config', TASKS, ids=lambda path: path.stem)
def test_steps_do_not_depend_on_the_share(config, tmp_path):
    lengths = []
    for share in (0.01, 1.0):
        made = twin_config(
            config, RANDOM, 5, None, tmp_path, share=share, iterations=40
        )
        assert made.train_dataloader.dataset.share == share
        assert made.train_dataloader.sampler.type == 'InfiniteSampler'
        assert [s.end for s in made.param_scheduler] == [2, 40]
        lengths.append(made.train_cfg.max_iters)
    assert lengths == [40, 40]


def test_without_a_length_the_config_has_its_own(tmp_path):
    config = next(path for path in TASKS if 'scenes' in path.stem)
    made = twin_config(config, RANDOM, 0, None, tmp_path, share=1.0)
    assert made.train_cfg.max_epochs == 20


@pytest.mark.parametrize('config', TASKS, ids=lambda path: path.stem)
def test_two_steps_and_a_test(config, tiny_world, tmp_path, monkeypatch):
    monkeypatch.setenv('GEOKR_WORLD', str(tiny_world))
    metrics = finetune(
        config,
        RANDOM,
        0,
        None,
        tmp_path / 'run',
        options=TASKS[config],
        share=0.5,
        iterations=2,
    )
    about = twin_config(config, RANDOM, 0, None, tmp_path)
    assert 0 <= metrics[about.benchmark.metric] <= 100
