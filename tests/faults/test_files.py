"""Rows 5, 14, 15 and 16: files that are damaged, hostile or shared."""

import multiprocessing
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest
import torch
from mmengine.runner import checkpoint as mm
from mmengine.runner import load_checkpoint
from rasterio.shutil import copy
from torch import nn

from geokr_mm.engine.weights import Start, check_start
from geokr_mm.errors import InputError
from geokr_mm.export.backbone import load_backbone, write_backbone
from geokr_mm.export.card import digest
from geokr_mm.export.checkpoint import read_checkpoint
from geokr_mm.geo.index.knowledge_index import KnowledgeIndex
from geokr_mm.geo.scenes.patch import read_patch


class Hostile:
    """What makes a folder when it is read without care."""

    def __init__(self, target):
        self.target = target

    def __reduce__(self):
        return os.mkdir, (str(self.target),)


@pytest.fixture
def hostile(tmp_path):
    path = tmp_path / 'iter_1.pth'
    torch.save(dict(state_dict=dict(x=Hostile(tmp_path / 'made'))), path)
    yield path
    assert not (tmp_path / 'made').exists()


@pytest.mark.parametrize('key', ['load_from', 'model.backbone.init_cfg'])
def test_a_hostile_start_is_refused(run, hostile, tmp_path, key):
    value = str(hostile)
    if key.endswith('init_cfg'):
        value = dict(type='Pretrained', checkpoint=value)
    with pytest.raises(InputError, match=r'iter_1\.pth: refused, it holds'):
        run(tmp_path / 'run', **{key: value})


def test_a_hostile_checkpoint_is_not_resumed(run, hostile, tmp_path):
    with pytest.raises(InputError, match='none of 1 checkpoints is whole'):
        run(tmp_path, resume=True)


@pytest.mark.slow
def test_any_script_that_imports_the_package_is_safe(hostile):
    """Our import may come before that of mmengine's loaders."""
    script = (
        'import sys, geokr_mm\n'
        'assert "mmengine" not in sys.modules\n'
        'assert "torch" not in sys.modules\n'
        'from torch import nn\n'
        'from mmengine.runner import load_checkpoint\n'
        'load_checkpoint(nn.Linear(1, 1), sys.argv[1])\n'
    )
    done = subprocess.run(
        [sys.executable, '-c', script, str(hostile)],
        capture_output=True,
        text=True,
    )
    assert 'iter_1.pth: refused, it holds' in done.stderr


def test_hostile_addresses_are_refused(hostile, monkeypatch):
    """All of mmengine's loaders end in one of these."""
    with pytest.raises(InputError, match='refused, it holds'):
        load_checkpoint(nn.Linear(1, 1), str(hostile))
    with pytest.raises(InputError, match='refused, it holds'):
        mm._safe_torch_load(str(hostile))
    hub = hostile.parent / 'hub'
    monkeypatch.setenv('TORCH_HOME', str(hub))
    (hub / 'hub' / 'checkpoints').mkdir(parents=True)
    shutil.copy(hostile, hub / 'hub' / 'checkpoints')
    with pytest.raises(InputError, match='https://a.org/iter_1.pth: refused'):
        load_checkpoint(nn.Linear(1, 1), 'https://a.org/iter_1.pth')


@pytest.mark.parametrize('kind', ['pth', 'safetensors'])
def test_a_flipped_bit_of_an_export_is_seen(tmp_path, kind):
    tensors = dict(weight=torch.ones(2, 3), bias=torch.ones(2))
    path = tmp_path / f'b.{kind}'
    write_backbone(
        tmp_path / 'b', tensors, dict(sha256=digest(tensors), bands=['red'])
    )
    content = bytearray(path.read_bytes())
    content[content.index(b'\x00\x00\x80\x3f') + 2] ^= 1
    path.write_bytes(content)
    for read in (
        lambda: load_backbone(path),
        lambda: check_start(
            Start('backbone', nn.Linear(3, 2), str(path), None),
            read_checkpoint(path),
            (),
            (),
        ),
    ):
        with pytest.raises(InputError, match=rf'b\.{kind}: tensors differ'):
            read()


@pytest.fixture
def index(scene_index, tmp_path):
    """A copy of an index with its scene, to be damaged."""
    path = scene_index(('red', 'green', 'blue'))
    shutil.copy(path, tmp_path)
    scene = path.with_suffix('.tif')
    # Its directory comes first, so that a part of it can be opened.
    copy(scene, tmp_path / scene.name, driver='COG', blocksize=128)
    return tmp_path / path.name


def test_a_truncated_scene_in_an_epoch_is_replaced(run, index, tmp_path):
    scene = index.with_suffix('.tif')
    os.truncate(scene, int(scene.stat().st_size * 0.9))
    options = {
        'train_dataloader.dataset.index': str(index),
        'train_cfg.max_iters': 8,
        'default_hooks.checkpoint.interval': 8,
    }
    share = 'train_dataloader.dataset.max_bad_fraction'
    with pytest.raises(InputError, match='more than max_bad_fraction=0.01'):
        run(tmp_path / 'strict', **options, **{share: 0.01})
    run(tmp_path / 'run', **options, **{share: 0.5})
    text = ''.join(p.read_text() for p in tmp_path.glob('run/*/*.log'))
    assert 0 < text.count('patch replaced: ') < 16
    assert scene.name in text


def read_all(records, send):
    send.send([read_patch(record).tobytes() for record in records])


def test_open_files_are_not_shared_with_forks(scene_index):
    """Each of eight processes reads as one does, over 1,000 patches."""
    index = KnowledgeIndex.open(scene_index(('red', 'green', 'blue')))
    records = [index.record(n) for n in range(len(index))]
    alone = [read_patch(record).tobytes() for record in records]
    order = np.random.default_rng(0).permuted(
        np.tile(np.arange(len(records)), (8, 4)), axis=1
    )
    fork = multiprocessing.get_context('fork')
    readers = []
    for mine in order:
        receive, send = fork.Pipe(duplex=False)
        process = fork.Process(
            target=read_all, args=([records[n] for n in mine], send)
        )
        process.start()
        readers.append((mine, receive, process))
    for mine, receive, process in readers:
        assert receive.recv() == [alone[n] for n in mine]
        process.join()
        assert process.exitcode == 0
