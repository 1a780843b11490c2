"""Backbones for torchvision, timm and Hugging Face."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import yaml

from geokr_mm.compat import ensure_torchvision
from geokr_mm.errors import InputError, InputWarning
from geokr_mm.export import export_backbone, export_to
from geokr_mm.export.foreign import LIBRARIES
from geokr_mm.interop import ARCHITECTURES

ensure_torchvision()
timm = pytest.importorskip('timm')
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope='module')
def script():
    place = ROOT / 'benchmarks' / 'interop.py'
    spec = importlib.util.spec_from_file_location('interop', place)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# Each family once; benchmarks/interop.csv has the other pairs.
PAIRS = [
    *(('resnet18', library) for library in LIBRARIES),
    ('resnet50', 'timm'),
    ('vgg16_bn', 'torchvision'),
    ('convnext_tiny', 'timm'),
    ('swin_tiny', 'torchvision'),
    ('vit_small', 'timm'),
    pytest.param(('vit_base', 'torchvision'), marks=pytest.mark.slow),
]


@pytest.fixture(scope='module')
def resnet(script, tmp_path_factory):
    """A checkpoint of ResNet-18 with four bands, and its network."""
    path = tmp_path_factory.mktemp('run') / 'epoch_1.pth'
    architecture = ARCHITECTURES['resnet18']
    return path, script.write_checkpoint(architecture, 4, path)


def edited(path, out, **changes):
    """A copy of a checkpoint with other facts on its card."""
    content = torch.load(path, weights_only=True)
    content['meta']['geokr'].update(changes)
    torch.save(content, out)
    return out


@pytest.mark.parametrize('pair', PAIRS, ids=str)
def test_feature_maps_equal(script, pair, tmp_path):
    name, library = pair
    for bands in (3, 12) if name == 'resnet18' else (4,):
        found = script.exported(name, library, tmp_path, bands)
        assert found < 2e-5


def test_the_table_has_a_row_for_each(script, repo):
    lines = (repo / 'benchmarks' / 'interop.csv').read_text().splitlines()
    rows = [line.split(',') for line in lines[1:]]
    found = [(row[2], row[1]) for row in rows if row[0] == 'export']
    assert sorted(found) == sorted(script.pairs())
    assert all(float(row[3]) < 2e-5 for row in rows)


def test_plain_file_holds_tensors_only(resnet, tmp_path):
    export_to('torchvision', resnet[0], tmp_path / 'b')
    state = torch.load(tmp_path / 'b.pth', weights_only=True)
    assert all(isinstance(tensor, torch.Tensor) for tensor in state.values())
    assert len(state) == len(resnet[1].state_dict())
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        'b.pth',
        'b.safetensors',
    ]


def test_a_backbone_file_goes_in_with_other_bands(resnet, tmp_path):
    export_backbone(resnet[0], tmp_path / 'b.pth')
    found = export_to(
        'timm', tmp_path / 'b.pth', tmp_path / 't', bands=['b1', 'b3']
    )
    assert found.card['bands'] == ['b1', 'b3'] and found.channels == 2
    state = torch.load(tmp_path / 't.pth', weights_only=True)
    assert state['conv1.weight'].shape[1] == 2
    expected = 2 * resnet[1].conv1.weight[:, [1, 3]]
    assert torch.equal(state['conv1.weight'], expected)
    assert 'state_dict' not in state


@pytest.mark.parametrize(
    ('settings', 'message'),
    [
        (dict(type='ResNeXt', depth=50), 'timm has no counterpart of'),
        (dict(type='ResNet', depth=200), 'timm has no counterpart of'),
        (dict(type='ResNet', depth=18, in_channels=4, dilations=(1, 1, 1, 2),
              strides=(1, 2, 2, 1)), 'features of timm resnet18 differ'),
        (dict(type='ResNet', depth=34, in_channels=4), 'timm resnet34 has'),
    ],
    ids=['type', 'depth', 'dilation', 'other weights'],
)  # fmt: skip
def test_what_has_no_counterpart_is_refused(
    resnet, tmp_path, settings, message
):
    config = dict(default_scope='mmpretrain', model=dict(backbone=settings))
    path = edited(resnet[0], tmp_path / 'c.pth', config=config)
    with pytest.raises(InputError, match=rf'c\.pth: {message}'):
        export_to('timm', path, tmp_path / 'out')
    with pytest.raises(InputError, match=rf'c\.pth: {message}'):
        export_to('hf', path, tmp_path / 'out')
    assert [p.name for p in tmp_path.iterdir()] == ['c.pth']


def test_unknown_architecture_is_refused(resnet, tmp_path):
    path = edited(resnet[0], tmp_path / 'c.pth', config=None)
    with pytest.raises(InputError, match='the card has no architecture'):
        export_to('timm', path, tmp_path / 'out')


def test_windows_beyond_a_map_are_reported(script, tmp_path):
    path = tmp_path / 'c.pth'
    changes = dict(img_size=64, pad_small_map=True)
    script.write_checkpoint(ARCHITECTURES['swin_tiny'], 3, path, **changes)
    with pytest.warns(InputWarning, match='at 64 px features differ by'):
        found = export_to('hf', path, tmp_path / 'out')
    assert found.difference < 1e-5 < found.border
    text = (tmp_path / 'out' / 'README.md').read_text()
    assert 'treats windows' in text


def test_windows_larger_than_a_map_are_not_read(script, tmp_path):
    path = tmp_path / 'c.pth'
    script.write_checkpoint(ARCHITECTURES['swin_tiny'], 3, path, img_size=64)
    assert export_to('timm', path, tmp_path / 'out').border is None


def test_vit_without_class_token(script, tmp_path):
    path = tmp_path / 'c.pth'
    changes = dict(img_size=64, patch_size=8, with_cls_token=False)
    network = script.write_checkpoint(
        ARCHITECTURES['vit_small'], 4, path, **changes
    )
    export_to('hf', path, tmp_path / 'out')
    there = timm.create_model(f'local-dir:{tmp_path}/out', pretrained=True)
    image = torch.randn(2, 4, 64, 64)
    there.eval()
    with torch.inference_mode():
        expected = network(image)[-1].mean((2, 3))
        assert torch.allclose(there(image), expected, atol=1e-5)


OPEN = """
import sys, torch
from geokr_mm.compat import ensure_torchvision
ensure_torchvision()
import timm
found = []
for folder in sys.argv[1:]:
    model = timm.create_model(
        'local-dir:' + folder, pretrained=True, num_classes=0, in_chans=4
    )
    model.eval()
    image = torch.randn(1, 4, 64, 64, generator=torch.manual_seed(1))
    with torch.inference_mode():
        found.append(model(image))
torch.save(found, sys.argv[1] + '.pt')
"""


@pytest.mark.slow
def test_folders_open_without_a_network(script, resnet, tmp_path):
    checkpoint = tmp_path / 'vgg.pth'
    vgg = script.write_checkpoint(ARCHITECTURES['vgg16_bn'], 4, checkpoint)
    folders = [tmp_path / 'resnet', tmp_path / 'vgg']
    export_to('hf', resnet[0], folders[0])
    export_to('hf', checkpoint, folders[1])
    done = subprocess.run(
        [sys.executable, '-c', OPEN, *folders],
        env={'HF_HUB_OFFLINE': '1', 'PYTHONPATH': str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    found = torch.load(tmp_path / 'resnet.pt')
    image = torch.randn(1, 4, 64, 64, generator=torch.manual_seed(1))
    with torch.inference_mode():
        maps = [resnet[1](image)[-1], vgg(image)[-1]]
    assert torch.allclose(found[0], maps[0].mean((2, 3)), atol=1e-5)
    assert [level.shape[-1] for level in found[1]] == [32, 16, 8, 4, 2]
    assert torch.allclose(found[1][-1], maps[1], atol=1e-5)
    for folder in folders:
        assert sorted(path.name for path in folder.iterdir()) == [
            'README.md',
            'config.json',
            'mlm.json',
            'model.safetensors',
        ]


def test_mmsegmentation_opens_the_folder(resnet, tmp_path):
    """With the block of its README."""
    from mmpretrain.registry import MODELS

    export_to('hf', resnet[0], tmp_path / 'out')
    text = (tmp_path / 'out' / 'README.md').read_text()
    block = text.split('```python\nbackbone = ')[1].split('```')[0]
    network = MODELS.build(eval(block.replace('FOLDER', f'{tmp_path}/out')))
    network.eval()
    image = torch.randn(1, 4, 64, 64)
    with torch.inference_mode():
        expected = resnet[1](image)[-1]
        assert torch.allclose(network(image)[-1], expected, atol=1e-5)


def test_config_and_card(resnet, tmp_path):
    backbone = export_to('hf', resnet[0], tmp_path / 'out')
    config = json.loads((tmp_path / 'out' / 'config.json').read_text())
    assert config['architecture'] == 'resnet18'
    assert config['num_features'] == 512 and config['num_classes'] == 0
    inputs = config['pretrained_cfg']
    assert inputs['input_size'][0] == 4
    assert inputs['mean'] == pytest.approx([(100 + i) / 255 for i in range(4)])
    assert inputs['std'] == pytest.approx([(50 + i) / 255 for i in range(4)])
    text = (tmp_path / 'out' / 'README.md').read_text()
    front = yaml.safe_load(text.split('---\n')[1])
    assert front['library_name'] == 'timm' and front['license'] == 'other'
    assert front['datasets'] == ['worldcover']
    assert front['meta']['bands'] == front['bands'] == ['b0', 'b1', 'b2', 'b3']
    assert front['meta']['encoder'] == 'resnet18'
    assert front['meta']['in_chans'] == 4
    assert front['meta']['mean'] == [100.0, 101.0, 102.0, 103.0]
    assert front['meta'] == config['meta']
    assert f'# {backbone.title}\n' in text and 'divided by 255' in text


def test_other_units_keep_their_mean(resnet, tmp_path):
    path = edited(
        resnet[0], tmp_path / 'c.pth', units='reflectance', mean=[0.1] * 4
    )
    export_to('hf', path, tmp_path / 'out')
    config = json.loads((tmp_path / 'out' / 'config.json').read_text())
    assert config['pretrained_cfg']['mean'] == [0.1] * 4
    text = (tmp_path / 'out' / 'README.md').read_text()
    assert 'Its inputs are in reflectance' in text


def test_an_existing_folder_is_kept(resnet, tmp_path):
    (tmp_path / 'out').mkdir()
    with pytest.raises(InputError, match='exists already'):
        export_to('hf', resnet[0], tmp_path / 'out')
    assert list((tmp_path / 'out').iterdir()) == []


def test_tool(resnet, tmp_path, run_here):
    tool = ('export_backbone.py', resnet[0])
    status, printed, _ = run_here(*tool, tmp_path / 'out', '--to', 'hf')
    assert status == 0
    assert 'timm resnet18' in printed and 'no classifier' in printed
    other = ('--to', 'timm', '--neck', tmp_path / 'n')
    status, _, errors = run_here(*tool, tmp_path / 'b', *other)
    assert status == 2 and errors.count('\n') == 1
    assert not (tmp_path / 'b.pth').exists()
