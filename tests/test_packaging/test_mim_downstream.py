"""``mim test`` on a fine-tuned checkpoint of each task, on real pieces."""

import json
import runpy

import pytest

from geokr_mm.config import load_config
from geokr_mm.runners import build_runner, train_runner
from geokr_mm.zoo import load_card
from geokr_mm.zoo.convert import convert

pytestmark = pytest.mark.slow

# A config of each task, and what makes two steps of it.
TASKS = {
    'scenes': (
        'mmpretrain/resnet18_random_1xb32-coslr-20e_rsscn7',
        {
            'train_dataloader.dataset.per_class': 2,
            'train_dataloader.batch_size': 7,
            'train_cfg.max_epochs': 1,
        },
    ),
    'segmentation': (
        'mmsegmentation/fpn-resnet18_random_1xb4-coslr-150i_potsdam',
        {'train_cfg.max_iters': 2},
    ),
    'cloud': (
        'mmsegmentation/fpn-resnet18_random_1xb4-coslr-150i_cloud-pairs',
        {'train_cfg.max_iters': 2},
    ),
    'snow': (
        'mmsegmentation/fpn-resnet18_random_1xb4-coslr-150i_snow-pairs',
        {'train_cfg.max_iters': 2},
    ),
    'detection': (
        'mmdetection/faster-rcnn-resnet18-fpn_random_1xb4-coslr-24e_'
        'nwpu-vhr10',
        {
            'train_dataloader.dataset.count': 8,
            'train_cfg.max_epochs': 1,
        },
    ),
}
# Images that both sides test on; Potsdam's piece has one.
TESTED = {
    'scenes': list(range(0, 700, 60)),
    'segmentation': [0],
}


@pytest.fixture
def home(repo, shared_data, tmp_path, monkeypatch):
    """A folder that configs are run in, with what they read."""
    monkeypatch.setenv('GEOKR_DATA', str(shared_data))
    monkeypatch.chdir(tmp_path)
    tool = repo / 'tools/dataset_converters/nwpu_vhr10.py'
    prepare = runpy.run_path(str(tool))['prepare']
    with pytest.warns(UserWarning, match='nothing published'):
        convert(
            load_card('nwpu_vhr10'),
            shared_data,
            tmp_path / 'data/nwpu_vhr10',
            prepare,
            piece=True,
        )
    return tmp_path


@pytest.mark.parametrize('task', TASKS)
def test_ends_with_the_metric_of_the_task(onedl_wheel, repo, home, task):
    config, options = TASKS[task]
    images = TESTED.get(task, [0, 1, 2, 3])
    short = {'test_dataloader.dataset.indices': images}
    settings = load_config(str(repo / f'configs/downstream/{config}.py'), [])
    settings.merge_from_dict(
        {
            **options,
            **short,
            'work_dir': 'work',
            'default_hooks.checkpoint.interval': 1,
            'train_dataloader.num_workers': 0,
            'train_dataloader.persistent_workers': False,
            'val_dataloader': None,
            'val_cfg': None,
            'val_evaluator': None,
        }
    )
    runner = build_runner(settings)
    train_runner(runner)
    assert runner.iter == 2
    want = runner.test()
    metric = settings.benchmark.metric
    printed = onedl_wheel.mim(
        'test',
        'geokr_mm',
        f'{config.rpartition("/")[2]}.py',
        '--checkpoint',
        (home / 'work/last_checkpoint').read_text().strip(),
        *('--gpus', '0', '--out', 'metrics.json'),
        '--cfg-options',
        *(f'{k}={v}'.replace(' ', '') for k, v in short.items()),
        cwd=home,
    )
    found = json.loads((home / 'metrics.json').read_text())
    assert found[metric] == pytest.approx(float(want[metric]), abs=0.01)
    assert f'{metric}: ' in printed.rpartition('(test)')[2]
