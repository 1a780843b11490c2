"""Files of other libraries become backbone files."""

import json
import runpy
import subprocess
import sys

import pytest
import torch
from safetensors.torch import save_file

from geokr_mm.errors import InputError
from geokr_mm.export import export_backbone, load_backbone
from geokr_mm.interop import ARCHITECTURES, from_mmpretrain
from geokr_mm.interop.starts import import_backbone, recognise


def below(prefix, state):
    return {f'{prefix}{key}': value for key, value in state.items()}


PLACES = {
    'torchvision': ('', None),
    'mmpretrain': ('backbone.', 'state_dict'),
    'moco': ('module.encoder_q.', 'state_dict'),
    'moco v3': ('module.base_encoder.', 'state_dict'),
    'lightning': ('model.backbone.', 'state_dict'),
    'dino': ('module.backbone.', 'teacher'),
}


@pytest.mark.parametrize('place', PLACES)
def test_prefixes_are_found(resnet, take, tmp_path, place):
    prefix, key = PLACES[place]
    content = below(prefix, resnet)
    content[f'{prefix}fc.weight'] = torch.zeros(10, 512)
    if place == 'moco':
        other = {k: v + 1 for k, v in resnet.items()}
        content.update(below('module.encoder_k.', other))
        content['module.queue'] = torch.zeros(128, 8)
    if place == 'dino':
        other = {k: v + 1 for k, v in resnet.items()}
        content = dict(student=below(prefix, other), teacher=content)
    elif key:
        content = {key: content, 'epoch': 3}
    _, found = take(content)
    tensors, card = load_backbone(tmp_path / 'start.pth')
    assert all(torch.equal(tensors[k], v) for k, v in resnet.items())
    assert set(tensors) == set(resnet)
    assert found.beside == ['fc.weight'] and found.whole
    assert card['imported']['prefix'] == found.prefix
    if place == 'moco':
        assert found.others == ['module.encoder_k.']
        assert found.outside == len(resnet) + 1
        take(content, prefix='module.encoder_k.')
        tensors, _ = load_backbone(tmp_path / 'start.pth')
        assert torch.equal(tensors['conv1.weight'], other['conv1.weight'])
    if place == 'dino':
        assert found.others == ['student.module.backbone.']


def test_mae(vit, take, tmp_path):
    content = from_mmpretrain(vit, ARCHITECTURES['vit_small'], 'timm')
    content['mask_token'] = torch.zeros(1, 1, 512)
    content['decoder_blocks.0.norm1.weight'] = torch.zeros(512)
    _, found = take(dict(model=content), 'vit_small')
    assert found.beside == ['mask_token', 'decoder_blocks.0.norm1.weight']
    tensors, _ = load_backbone(tmp_path / 'start.pth')
    assert torch.equal(tensors['cls_token'], vit['cls_token'])


def test_folder_of_hugging_face(vit, tmp_path):
    state = from_mmpretrain(vit, ARCHITECTURES['vit_small'], 'huggingface')
    folder = tmp_path / 'vit'
    folder.mkdir()
    with pytest.raises(InputError, match='has no model.safetensors and no'):
        import_backbone(f'local-dir:{folder}', 'vit_small', tmp_path / 'x')
    save_file(
        {**below('vit.', state), 'classifier.weight': torch.zeros(2, 384)},
        folder / 'model.safetensors',
    )
    (folder / 'preprocessor_config.json').write_text(
        json.dumps(dict(image_mean=[0.5, 0.5, 0.5], image_std=[0.5] * 3))
    )
    card, found = import_backbone(
        f'local-dir:{folder}', 'vit_small', tmp_path / 'start'
    )
    assert found.layouts == ('huggingface',) and found.prefix == 'vit.'
    assert card['mean'] == [127.5] * 3 and found.outside == 1
    tensors, _ = load_backbone(tmp_path / 'start.safetensors')
    assert all(torch.equal(tensors[k], v) for k, v in vit.items())
    (folder / 'config.json').write_text('[')
    with pytest.raises(InputError, match=r'config\.json: is no JSON object'):
        import_backbone(str(folder), 'vit_small', tmp_path / 'x')


def test_red_green_and_blue_are_taken_by_name(resnet, take, tmp_path):
    card, found = take(resnet, bands=['B02', 'B03', 'B04', 'B08'])
    weight = load_backbone(tmp_path / 'start.pth')[0]['conv1.weight']
    old = resnet['conv1.weight']
    for band, source in enumerate((2, 1, 0)):
        assert torch.allclose(weight[:, band], old[:, source] * 3 / 4)
    assert torch.allclose(weight[:, 3], old.mean(dim=1) * 3 / 4)
    # Pixels as bright in all bands give the same response.
    assert torch.allclose(weight.sum(1), old.sum(1), atol=1e-6)
    assert card['bands'] == ['B02', 'B03', 'B04', 'B08']
    assert card['architecture']['args'] == dict(depth=18, in_channels=4)
    assert card['mean'][0] == 103.53
    notes = '\n'.join(found.report())
    assert 'guessed: B02 is blue' in notes
    assert 'B08 takes the mean of the filters' in notes
    assert "guessed: mean and std are ImageNet's" in notes
    # The result is a backbone file like any other.
    export_backbone(
        tmp_path / 'start.pth', tmp_path / 'two.pth', bands=['B08', 'B02']
    )
    weight = load_backbone(tmp_path / 'two.pth')[0]['conv1.weight']
    assert torch.allclose(weight[:, 1], old[:, 2] * 3 / 2)


def test_sentinel_bands_are_taken_by_name(resnet, take, tmp_path):
    wide = dict(resnet)
    wide['conv1.weight'] = torch.arange(13.0).expand(64, 7, 7, 13)
    wide['conv1.weight'] = wide['conv1.weight'].permute(0, 3, 1, 2)
    card, found = take(wide, bands=['red', 'B8A', 'B12', 'B2'])
    weight = load_backbone(tmp_path / 'start.pth')[0]['conv1.weight']
    assert (weight[0, :, 0, 0] * 4 / 13).tolist() == [3, 8, 12, 1]
    assert card['mean'] is None and 'mean' in card['unknown']
    assert any('B01,B02' in note for note in found.notes)
    stats = dict(mean=[0.1] * 13, std=[0.2] * 13, units='reflectance')
    card, _ = take(wide, bands=['B04', 'x'], **stats)
    assert card['units'] == 'reflectance' and card['values'] == 'physical'
    assert card['mean'] == pytest.approx([0.1] * 2)
    card, _ = take(wide)
    assert len(card['bands']) == 13 and card['values'] is None
    assert card['architecture']['args']['in_channels'] == 13
    with pytest.raises(InputError, match='takes 13 bands, and --source-band'):
        take(wide, source_bands=['a', 'b'])


@pytest.mark.parametrize(
    ('more', 'words'),
    [
        (dict(bands=['B4', 'B3', 'B2']), 'B4 is another colour with Landsat'),
        (dict(mean=[1.0], std=[1.0] * 3), '1 values of mean for 3 named'),
        (dict(prefix='encoder.'), "nothing of resnet18 below 'encoder.'"),
        (dict(args=dict(img_size=5)), "built with .*'img_size': 5"),
        (dict(arch='resnet34'), 'of resnet34 are not in the file: layer1.2'),
        (dict(arch='resnet34'), 'give --arch resnet18'),
        (dict(arch='swin_tiny'), 'has nothing of swin_tiny; names start with'),
    ],
)
def test_refusals(resnet, take, tmp_path, more, words):
    with pytest.raises(InputError, match=words):
        take(resnet, **more)
    assert not (tmp_path / 'start.pth').exists()


def test_vgg_takes_three_bands(backbone, take):
    content = backbone('vgg16_bn')
    with pytest.raises(InputError, match='takes three bands, not 4'):
        take(content, 'vgg16_bn', bands=['red', 'green', 'blue', 'nir'])


def test_explicit_names_settle_landsat(resnet, take):
    bands = ['b4=red', 'b3=green', 'b2=blue', 'b1']
    card, _ = take(resnet, bands=bands)
    assert card['bands'] == ['b4', 'b3', 'b2', 'b1']


def test_less_than_whole_needs_a_flag(resnet, take, tmp_path):
    part = {k: v for k, v in resnet.items() if 'layer4.1.bn2' not in k}
    part['layer4.0.conv2.weight'] = torch.zeros(512, 512, 1, 1)
    with pytest.raises(InputError, match=r'5 tensors .* \(512, 512, 1, 1\)'):
        take(part)
    card, found = take(part, partial=True)
    fresh = [k for k in resnet if 'layer4.1.bn2' in k and 'num' not in k]
    assert found.fresh == [*fresh, 'layer4.0.conv2.weight']
    assert card['imported']['fresh'] == found.fresh
    assert 'newly made    5: layer4.1.bn2' in '\n'.join(found.report())
    tensors, _ = load_backbone(tmp_path / 'start.pth')
    assert torch.equal(tensors['conv1.weight'], resnet['conv1.weight'])
    more = {**resnet, 'extra_tokens': torch.zeros(1)}
    with pytest.raises(InputError, match='not in resnet18: extra_tokens'):
        take(more)
    assert take(more, partial=True)[1].surplus == ['extra_tokens']


def test_nothing_is_run(take, tmp_path):
    with pytest.raises(InputError, match='refused, it holds'):
        take(dict(state_dict=dict(x=subprocess.Popen)))
    assert not (tmp_path / 'start.pth').exists()


def test_names_that_cannot_be_fetched(tmp_path, monkeypatch):
    for name, words in (
        ('resnet18.a1_in1k', 'timm cannot fetch it .* local-dir:FOLDER'),
        ('resnet18000', 'no such file, and no model of timm'),
        ('local-dir:none', 'none: no such folder'),
        ('none.pth', 'none.pth: no such checkpoint'),
    ):
        monkeypatch.setattr('huggingface_hub.constants.HF_HUB_OFFLINE', True)
        with pytest.raises(InputError, match=words):
            import_backbone(name, 'resnet18', tmp_path / 'start.pth')
    monkeypatch.setitem(sys.modules, 'timm', None)
    with pytest.raises(InputError, match='without timm no name can'):
        import_backbone('resnet18', 'resnet18', tmp_path / 'start.pth')


def test_files_are_recognised(resnet, vit, take, tmp_path):
    card, found = take(resnet, None)
    assert card['architecture']['args'] == dict(depth=18)
    assert 'guessed: it is resnet18, which it fits whole' in found.notes
    with pytest.raises(InputError, match='fits none of resnet18,.*give --ar'):
        take(dict(x=torch.zeros(2)), None)
    timm = from_mmpretrain(vit, ARCHITECTURES['vit_small'], 'timm')
    assert recognise(below('teacher.', timm)) == 'vit_small'
    assert recognise(dict(x=torch.zeros(2))) is None
    torch.save(resnet, tmp_path / 'raw.pth')
    with pytest.raises(InputError) as caught:
        load_backbone(tmp_path / 'raw.pth')
    assert str(caught.value) == (
        f'{tmp_path}/raw.pth: is no backbone file of geokr_mm; it holds '
        'resnet18 of another library: python tools/import_backbone.py '
        f'{tmp_path}/raw.pth --arch resnet18 --out START.pth'
    )


@pytest.fixture
def run(repo, tmp_path, monkeypatch):
    """Run a tool in a folder."""
    monkeypatch.chdir(tmp_path)

    def start(tool, *words):
        monkeypatch.setattr(sys, 'argv', [tool, *words])
        runpy.run_path(str(repo / 'tools' / tool))['main']()

    return start


def test_tool(resnet, run, capsys):
    torch.save({**resnet, 'fc.bias': torch.zeros(10)}, 'raw.pth')
    run(
        'import_backbone.py',
        *('raw.pth', '--arch', 'resnet18', '--out', 'start.pth'),
        *('--bands', 'red,nir', '--args', 'out_indices=[2]'),
    )
    said = capsys.readouterr().out
    assert 'named as by torchvision and timm and mmpretrain' in said
    assert 'left out      1: fc.bias' in said
    _, card = load_backbone('start.pth')
    assert card['architecture']['args'] == dict(
        depth=18, out_indices=[2], in_channels=2
    )


def test_finetuning_names_the_command(resnet, repo, run):
    torch.save(resnet, 'raw.pth')
    config = 'resnet18_geokr-pre_1xb32-coslr-20e_world-scenes.py'
    with pytest.raises(InputError, match='resnet18 of another library: py'):
        run(
            'finetune.py',
            str(repo / 'configs/downstream/mmpretrain' / config),
            *('--init', 'imagenet=raw.pth'),
            *('--work-dir', 'work', '--results', 'results.csv'),
        )
