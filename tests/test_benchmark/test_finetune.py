"""Few-label runs of a fixed length."""

from dataclasses import replace

import pytest

from geokr_mm.benchmark.finetune import Run, run_settings
from geokr_mm.benchmark.grid import ROOT
from geokr_mm.benchmark.protocol import load_protocol
from geokr_mm.errors import InputError

TASKS = [ROOT / task.config for task in load_protocol('planet').finetunes]


@pytest.mark.parametrize('config', TASKS, ids=lambda path: path.stem)
def test_steps_do_not_depend_on_the_share(config, tmp_path):
    lengths = []
    for share in (0.01, 1.0):
        made = run_settings(
            Run(config, tmp_path, seed=5, share=share, iterations=40)
        )
        assert made.train_dataloader.dataset.share == share
        assert made.train_dataloader.sampler.type == 'InfiniteSampler'
        assert [s.end for s in made.param_scheduler] == [2, 40]
        lengths.append(made.train_cfg.max_iters)
    assert lengths == [40, 40]


def test_without_a_length_the_config_has_its_own(tmp_path):
    config = next(path for path in TASKS if 'scenes' in path.stem)
    made = run_settings(Run(config, tmp_path, share=1.0))
    assert made.train_cfg.max_epochs == 20


def test_the_neck_starts_from_its_file_where_the_backbone_does(tmp_path):
    config = next(path for path in TASKS if 'cover' in path.stem)
    files = [tmp_path / 'backbone.pth', tmp_path / 'neck.pth']
    files[0].touch()
    run = Run(config, tmp_path, str(files[0]))
    with_neck = replace(run, neck=files[1])
    with pytest.raises(InputError, match='neck.pth: no such neck file'):
        run_settings(with_neck)
    files[1].touch()
    model = run_settings(with_neck).model
    for part, file in zip((model.backbone, model.neck), files, strict=True):
        assert part.init_cfg == dict(type='Pretrained', checkpoint=str(file))
    assert 'init_cfg' not in run_settings(run).model.neck
    twin = run_settings(Run(config, tmp_path, neck=files[1])).model
    assert 'init_cfg' not in twin.neck and 'init_cfg' not in twin.backbone
    scenes = next(path for path in TASKS if 'scenes' in path.stem)
    with pytest.raises(InputError, match='no FPN .* leave the neck out'):
        run_settings(replace(with_neck, config=scenes))
