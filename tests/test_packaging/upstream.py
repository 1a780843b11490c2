"""The whole way with the original OpenMMLab packages.

`make test-upstream` runs it in an environment of their own, by openmim.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import mmcv
import mmengine
import numpy as np
import pytest
import torch
from PIL import Image

CONFIGS = 'configs/downstream'
CLASSIFY = f'{CONFIGS}/mmpretrain/resnet18_geokr-pre_1xb32-coslr-20e_rsscn7.py'
SEGMENT = (
    f'{CONFIGS}/mmsegmentation/'
    'fpn-resnet18_geokr-pre_1xb4-coslr-150i_potsdam.py'
)


@pytest.fixture(scope='module')
def home(repo, tiny_index, tmp_path_factory) -> Path:
    """A folder of a user with the tiny world and pictures to fine-tune on."""
    home = tmp_path_factory.mktemp('home')
    (home / 'data').mkdir()
    (home / 'data/tiny_world').symlink_to(tiny_index.parent)
    (home / 'my_geokr.py').write_text(
        "_base_ = 'geokr_mm::geokr/geokr_resnet18_smoke_tiny-world.py'\n"
    )
    random = np.random.default_rng(0)
    for name in 'abcdefg':
        for i in range(4):
            write(home / f'data/rsscn7/{name}/{i}.png', random, 256, 3)
    potsdam = home / 'data/mmseg_samples/pseudo_potsdam_dataset'
    write(potsdam / 'img_dir/0.png', random, 256, 3)
    write(potsdam / 'ann_dir/0.png', random, 7)
    return home


def write(path: Path, random, values: int, *bands: int) -> None:
    """A picture of noise."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = random.integers(0, values, (128, 128, *bands), dtype=np.uint8)
    Image.fromarray(pixels).save(path)


def mim(home: Path, *words: object) -> str:
    """What a command of mim printed; it must succeed."""
    data = {'GEOKR_DATA': 'data', 'GEOKR_CHECKPOINT': 'backbone.pth'}
    done = subprocess.run(
        [sys.executable, '-W', 'ignore', '-m', 'mim', *map(str, words)],
        cwd=home,
        env={**os.environ, **data},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=900,
    )
    assert done.returncode == 0, done.stdout[-4000:]
    return done.stdout


def train(home: Path, library: str, config: object, *words: object) -> str:
    return mim(
        home,
        *('train', library, config, '--gpus', 0, '--work-dir', 'work'),
        *words,
    )


def losses(printed: str) -> list[float]:
    return [float(x) for x in re.findall(r' loss: (\d+\.\d+)', printed)]


def test_these_are_the_original_packages():
    assert mmengine.__version__ == '0.10.7'
    assert mmcv.__version__ == '2.1.0'
    assert int(np.__version__.split('.')[0]) >= 2
    assert torch.__version__ >= '2.6'


def test_index_to_backbone(home, repo):
    """Each step by mim, in the order of a user."""
    mim(
        home,
        *('run', 'geokr_mm', 'build_index'),
        *('--scenes', 'data/tiny_world/scenes', '--product', 'globeland30'),
        *('--land-cover', 'data/tiny_world/landcover'),
        *('--bands', 'red,green,blue', '--patch-size', 64),
        *('--out', 'index.parquet', '--quiet'),
    )
    here = 'train_dataloader.dataset.index=index.parquet'
    printed = train(home, 'geokr_mm', 'my_geokr.py', '--cfg-options', here)
    assert len(losses(printed)) == 2
    assert 0 < losses(printed)[0] < 20
    assert re.search(r'student_tv: 0\.\d+', printed)

    printed = train(
        home,
        *('geokr_mm', 'my_geokr.py', '--resume'),
        *('--cfg-options', here, 'train_cfg.max_iters=4'),
    )
    assert 'resumed epoch: 0, iter: 2' in printed
    assert len(losses(printed)) == 2

    mim(
        home,
        *('test', 'geokr_mm', 'my_geokr.py', '--gpus', 0),
        *('--checkpoint', 'work/iter_4.pth', '--out', 'metrics.json'),
    )
    assert 'teacher_tv' in (home / 'metrics.json').read_text()
    mim(
        home,
        *('run', 'geokr_mm', 'export_backbone'),
        *('work/iter_4.pth', 'backbone.pth'),
    )
    # By our command: it imports a torchvision for CUDA beside a torch without.
    few = 'train_dataloader.dataset.per_class=2'
    for config, *options in (
        (CLASSIFY, 'train_cfg.max_epochs=1', few),
        (SEGMENT, 'train_cfg.max_iters=1'),
    ):
        printed = train(
            home,
            *('geokr_mm', repo / config, '--cfg-options', *options),
            *('train_cfg.val_interval=1', 'default_hooks.logger.interval=1'),
        )
        assert losses(printed) and losses(printed)[0] > 0
        assert re.search(r'backbone: all \d+ tensors are those of', printed)
        assert re.search(r'(accuracy/top1|mIoU): \d+\.\d+', printed)


def test_models_are_listed(home):
    mim(home, 'search', 'geokr_mm', '--json', 'models.json')
    assert (
        'geokr_resnet18_smoke_tiny-world' in (home / 'models.json').read_text()
    )
