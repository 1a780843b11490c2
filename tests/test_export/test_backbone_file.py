"""Training checkpoint to backbone file."""

import json
import subprocess
import sys

import pytest
import torch
from mmengine.config import Config
from safetensors import safe_open
from safetensors.torch import load_file

from geokr_mm.errors import InputError
from geokr_mm.export import export_backbone, load_backbone, select_branch
from geokr_mm.export.card import digest, plain
from geokr_mm.export.predict import load_run

CONFIG = dict(
    default_scope='mmpretrain',
    model=dict(
        type='geokr_mm.GeoKR',
        backbone=dict(type='ResNet', depth=18, in_channels=3),
        data_preprocessor=dict(mean=[1.0, 2.0, 3.0], std=[4.0, 5.0, 6.0]),
    ),
)
KNOWN = dict(
    index_hash='abc',
    product='GLCNMO',
    product_year=2008,
    legend=dict(name='common', classes=['cultivated', 'forest']),
    bands=['red', 'green', 'blue'],
    gsd=[5000.0, 7400.0],
    wavelengths=[0.665, 0.56, 0.492],
    values='physical',
    units='reflectance',
    stored_units='counts',
    scale=[1e-4] * 3,
    offset=[0.0] * 3,
    patch_size=64,
    bbox=[-10.0, 40.0, 5.0, 50.0],
    dates=['2019-05-01', '2020-06-30'],
    licence='public domain imagery',
    version='0.1.0',
)


@pytest.fixture
def checkpoint(tmp_path):
    generator = torch.Generator().manual_seed(0)
    state = {}
    for prefix in ('backbone.', 'teacher.backbone.'):
        state[f'{prefix}conv1.weight'] = torch.randn(
            2, 3, 3, 3, generator=generator
        )
        state[f'{prefix}bn1.num_batches_tracked'] = torch.tensor(7)
    state['head.fc.weight'] = torch.zeros(2, 2)
    state['teacher.head.fc.weight'] = torch.zeros(2, 2)
    path = tmp_path / 'epoch_1.pth'
    torch.save(
        dict(
            meta=dict(geokr=dict(KNOWN, config=CONFIG)),
            state_dict=state,
            message_hub={},
        ),
        path,
    )
    return path, state


@pytest.mark.parametrize('branch', ['teacher', 'student', None])
def test_branches(checkpoint, tmp_path, branch):
    path, state = checkpoint
    card = export_backbone(path, tmp_path / 'out' / 'b.pth', branch)
    assert card['branch'] == branch or 'teacher'
    prefix = 'backbone.' if branch == 'student' else 'teacher.backbone.'
    content = torch.load(tmp_path / 'out' / 'b.pth', weights_only=True)
    tensors = content['state_dict']
    assert set(tensors) == {'conv1.weight', 'bn1.num_batches_tracked'}
    assert torch.equal(tensors['conv1.weight'], state[f'{prefix}conv1.weight'])
    assert content['meta'] == card


def test_card_says_what_the_checkpoint_knows(checkpoint, tmp_path):
    card = export_backbone(checkpoint[0], tmp_path / 'b')
    assert card['architecture'] == dict(
        type='mmpretrain.ResNet', args=dict(depth=18, in_channels=3)
    )
    assert card['mean'] == [1.0, 2.0, 3.0]
    assert card['std'] == [4.0, 5.0, 6.0]
    for key in (
        'index_hash',
        'product',
        'product_year',
        'legend',
        'bands',
        'gsd',
        'patch_size',
        'bbox',
        'dates',
        'wavelengths',
        'values',
        'units',
        'stored_units',
        'scale',
        'offset',
        'licence',
    ):
        assert card[key] == KNOWN[key]
    assert card['unknown'] == []


def test_safetensors_equal(checkpoint, tmp_path):
    card = export_backbone(checkpoint[0], tmp_path / 'b.pth')
    pth = torch.load(tmp_path / 'b.pth', weights_only=True)['state_dict']
    safe = load_file(tmp_path / 'b.safetensors')
    assert set(pth) == set(safe)
    assert all(torch.equal(pth[key], safe[key]) for key in pth)
    with safe_open(tmp_path / 'b.safetensors', 'pt') as file:
        assert json.loads(file.metadata()['geokr_mm']) == card
    for name in ('b.pth', 'b.safetensors'):
        tensors, read = load_backbone(tmp_path / name)
        assert read == card
        assert digest(tensors) == card['sha256'] == digest(pth)


def test_unknown_is_none_and_listed(tmp_path):
    path = tmp_path / 'bare.pth'
    torch.save(dict(state_dict={'backbone.w': torch.zeros(1)}), path)
    card = export_backbone(path, tmp_path / 'b.pth')
    assert card['branch'] == 'student'
    assert card['bands'] is None and 'bands' in card['unknown']
    assert 'sha256' not in card['unknown']


def test_text_of_a_configuration_is_not_read(tmp_path):
    """As older checkpoints have it: the architecture is then unknown."""
    path = tmp_path / 'old.pth'
    meta = dict(cfg=Config(CONFIG).pretty_text, geokr=KNOWN)
    torch.save(
        dict(state_dict={'backbone.w': torch.zeros(1)}, meta=meta), path
    )
    card = export_backbone(path, tmp_path / 'b.pth')
    assert card['architecture'] is None and card['bands'] == KNOWN['bands']
    assert card['unknown'] == ['architecture', 'mean', 'std']
    with pytest.raises(InputError, match=r'old\.pth: not a .* this version'):
        load_run(path)


def test_licence_comes_from_the_product(checkpoint, tmp_path):
    content = torch.load(checkpoint[0], weights_only=True)
    del content['meta']['geokr']['licence']
    for product in ('worldcover', 'worldcover+nlcd'):
        content['meta']['geokr']['product'] = product
        torch.save(content, tmp_path / 'c.pth')
        card = export_backbone(tmp_path / 'c.pth', tmp_path / 'b.pth')
        assert 'land cover (worldcover): CC BY 4.0' in card['licence']
    assert 'land cover (nlcd): public domain' in card['licence']


def test_no_such_branch():
    with pytest.raises(InputError, match='no teacher backbone.*conv1'):
        select_branch({'conv1.weight': torch.zeros(1)}, 'teacher')


def test_changed_tensor_is_noticed(checkpoint, tmp_path):
    out = tmp_path / 'b.pth'
    export_backbone(checkpoint[0], out)
    content = torch.load(out, weights_only=True)
    content['state_dict']['conv1.weight'][0, 0, 0, 0] += 1
    torch.save(content, out)
    with pytest.raises(InputError, match='checksum'):
        load_backbone(out)


def test_not_a_backbone_file(checkpoint):
    with pytest.raises(InputError, match='no backbone file'):
        load_backbone(checkpoint[0])


def test_failure_leaves_nothing(checkpoint, tmp_path):
    taken = tmp_path / 'file'
    taken.write_text('x')
    with pytest.raises(InputError, match='cannot be written'):
        export_backbone(checkpoint[0], taken / 'b.pth')
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        'epoch_1.pth',
        'file',
    ]


def test_failed_write_keeps_the_old_file(checkpoint, tmp_path, monkeypatch):
    out = tmp_path / 'out' / 'b.pth'
    export_backbone(checkpoint[0], out)
    before = out.read_bytes()

    def full_disk(content, path):
        with open(path, 'wb') as file:
            file.write(b'half')
        raise OSError(28, 'No space left on device')

    monkeypatch.setattr(torch, 'save', full_disk)
    with pytest.raises(InputError, match='No space left'):
        export_backbone(checkpoint[0], out, 'student')
    assert out.read_bytes() == before
    assert sorted(p.name for p in out.parent.iterdir()) == [
        'b.pth',
        'b.safetensors',
    ]


def test_plain_types():
    import numpy as np

    value = dict(a=np.float32(0.5), b=(torch.tensor([1, 2]), {3}), c=object)
    assert plain(value) == dict(a=0.5, b=[[1, 2], [3]], c=str(object))


def test_tool(checkpoint, tmp_path, repo, run_here):
    tool = [sys.executable, str(repo / 'tools' / 'export_backbone.py')]
    done = subprocess.run(
        [*tool, checkpoint[0], tmp_path / 'b.pth'],
        capture_output=True,
        text=True,
        cwd=repo,
    )
    assert done.returncode == 0, done.stderr
    assert 'teacher' in done.stdout and 'GLCNMO' in done.stdout
    status, _, errors = run_here(
        'export_backbone.py', tmp_path / 'none.pth', tmp_path / 'c.pth'
    )
    assert status == 2
    assert errors.startswith('error: ') and errors.count('\n') == 1
    assert not (tmp_path / 'c.pth').exists()
