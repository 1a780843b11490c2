"""The guard: no run starts from a backbone that did not load."""

import os

import pytest
import torch
from mmengine.model import BaseModel
from mmengine.registry import DefaultScope
from mmengine.runner import Runner
from torch import nn

from geokr_mm.errors import InputError
from geokr_mm.export import export_backbone
from geokr_mm.interop import find_architecture, from_mmpretrain
from geokr_mm.registry import MODELS

SMALL = dict(
    type='mmpretrain.ResNet', depth=18, stem_channels=8, base_channels=8
)


class Net(BaseModel):
    """One backbone and a loss."""

    def __init__(self, backbone):
        super().__init__()
        self.backbone = MODELS.build(backbone)

    def forward(self, inputs, mode='tensor'):
        return dict(loss=self.backbone(inputs)[-1].mean())


def build(backbone, scope='mmpretrain'):
    with DefaultScope.overwrite_default_scope(scope):
        return Net(backbone)


def train(
    tmp_path, backbone, scope='mmpretrain', model=None, guard=None, **kwargs
):
    data = [dict(inputs=torch.randn(3, 32, 32)) for _ in range(2)]
    runner = Runner(
        model=model or build(backbone, scope),
        work_dir=str(tmp_path / 'work'),
        train_dataloader=torch.utils.data.DataLoader(data, batch_size=2),
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.0)),
        train_cfg=dict(by_epoch=False, max_iters=1),
        custom_hooks=[
            dict(type='geokr_mm.PretrainedGuardHook', **(guard or {}))
        ],
        default_hooks=dict(logger=None),
        log_level='WARNING',
        experiment_name=f'{tmp_path.name}-{os.urandom(4).hex()}',
        default_scope=scope,
        **kwargs,
    )
    runner.train()
    return runner


def pretrained(path, cfg=SMALL, **kwargs):
    init = dict(type='Pretrained', checkpoint=str(path), **kwargs)
    return dict(cfg, init_cfg=init)


@pytest.fixture
def files(tmp_path):
    """A training checkpoint and the backbone file made from it."""
    torch.manual_seed(0)
    backbone = build(SMALL)
    backbone.init_weights()
    state = {
        f'backbone.{k}': v for k, v in backbone.backbone.state_dict().items()
    }
    state['head.fc.weight'] = torch.zeros(2, 2)
    path = tmp_path / 'epoch_1.pth'
    torch.save(
        dict(
            state_dict=state,
            meta=dict(geokr=dict(bands=['red', 'green', 'blue'])),
        ),
        path,
    )
    export_backbone(path, tmp_path / 'b.pth')
    return path, tmp_path / 'b.pth'


@pytest.mark.parametrize('scope', ['mmpretrain', 'mmseg', 'mmdet'])
def test_passes_what_fits(files, tmp_path, scope):
    if scope == 'mmdet':
        pytest.importorskip('mmcv._ext')
    training, exported = files
    for cfg in (
        pretrained(exported),
        pretrained(training, prefix='backbone'),
        pretrained(training, prefix='backbone.'),
        SMALL,
    ):
        assert train(tmp_path, cfg, scope).iter == 1


def test_a_start_on_reflectance_warns_of_other_images(files, tmp_path):
    content = torch.load(files[1], weights_only=True)
    content['meta'].update(values='physical', units='reflectance')
    torch.save(content, tmp_path / 'values.pth')
    for path, warned in ((tmp_path / 'values.pth', True), (files[1], False)):
        train(tmp_path / str(warned), pretrained(path))
        (log,) = (tmp_path / str(warned)).rglob('*.log')
        text = 'pre-trained on reflectance of red, green, blue; nothing'
        assert (text in log.read_text()) == warned


def test_missing_prefix_names_keys_and_cure(files, tmp_path):
    with pytest.raises(InputError) as error:
        train(tmp_path, pretrained(files[0]))
    text = str(error.value)
    assert 'epoch_1.pth' in text and 'conv1.weight' in text
    assert "prefix='backbone.'" in text and '\n' not in text


def test_wrong_prefix(files, tmp_path):
    for path in files:
        with pytest.raises(InputError, match="prefix 'encoder.'"):
            train(tmp_path, pretrained(path, prefix='encoder'))


def test_deeper_file_is_not_taken_in_part(files, tmp_path):
    """All names of ResNet-18 exist in ResNet-34, with the same shapes."""
    deep = dict(SMALL, depth=34)
    path = tmp_path / 'deep.pth'
    torch.save(build(deep).backbone.state_dict(), path)
    with pytest.raises(InputError, match=r'unexpected: layer1\.2'):
        train(tmp_path, pretrained(path))


def test_other_width(files, tmp_path):
    wide = dict(SMALL, base_channels=16)
    with pytest.raises(InputError, match='does not fit backbone'):
        train(tmp_path, pretrained(files[1], wide))


def test_other_bands(files, tmp_path):
    four = dict(SMALL, in_channels=4)
    with pytest.raises(
        InputError,
        match=(
            r'3 bands \(red, green, blue\) but backbone takes 4 '
            r'\(conv1.weight\).*in_channels=3'
        ),
    ):
        train(tmp_path, pretrained(files[1], four))


def test_damage_is_noticed(files, tmp_path):
    content = torch.load(files[1], weights_only=True)
    content['state_dict']['bn1.weight'][0] += 1e-3
    torch.save(content, files[1])
    with pytest.raises(InputError, match='checksum'):
        train(tmp_path, pretrained(files[1]))


def test_payload_is_not_run_through_mmengine(tmp_path):

    class Payload:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / 'made'),)

    path = tmp_path / 'evil.pth'
    torch.save(dict(state_dict=dict(x=Payload())), path)
    with pytest.raises(InputError, match='refused'):
        train(tmp_path, pretrained(path))
    assert not (tmp_path / 'made').exists()


def test_later_initialisation_is_noticed(files, tmp_path):

    class Late(Net):
        def init_weights(self):
            super().init_weights()
            nn.init.zeros_(self.backbone.layer4[0].conv1.weight)

    with DefaultScope.overwrite_default_scope('mmpretrain'):
        model = Late(pretrained(files[1]))
    with pytest.raises(InputError, match=r'layer4\.0\.conv1\.weight'):
        train(tmp_path, None, model=model)


def test_torchvision_classifier_may_be_there(files, tmp_path):
    content = torch.load(files[1], weights_only=True)['state_dict']
    torch.save({**content, 'fc.weight': torch.zeros(2)}, tmp_path / 'tv.pth')
    cfg = pretrained(tmp_path / 'tv.pth')
    assert train(tmp_path, cfg).iter == 1
    with pytest.raises(InputError, match='unexpected: fc.weight'):
        train(tmp_path, cfg, guard=dict(allow_unexpected=()))


def test_more_outputs_than_in_pretraining(tmp_path):
    swin = dict(
        type='mmpretrain.SwinTransformer',
        img_size=32,
        arch=dict(embed_dims=8, depths=[1, 1, 1, 1], num_heads=[1, 1, 1, 1]),
        window_size=2,
        pad_small_map=True,
    )
    torch.save(build(swin).backbone.state_dict(), tmp_path / 'swin.pth')
    cfg = pretrained(tmp_path / 'swin.pth', dict(swin, out_indices=(2, 3)))
    with pytest.raises(InputError, match=r'missing: norm2\.weight, norm2'):
        train(tmp_path, cfg)
    guard = dict(allow_missing=('norm2.',))
    assert train(tmp_path, cfg, guard=guard).iter == 1


def test_safetensors_and_missing_file(files, tmp_path):
    runner = train(tmp_path, pretrained(files[1].with_suffix('.safetensors')))
    taken = torch.load(files[1], weights_only=True)['state_dict']
    assert torch.equal(
        runner.model.backbone.conv1.weight.data, taken['conv1.weight']
    )
    with pytest.raises(InputError, match='no such checkpoint'):
        train(tmp_path, pretrained(tmp_path / 'none.pth'))


def test_resumed_run_keeps_its_own_weights(files, tmp_path):
    runner = train(tmp_path, pretrained(files[1]))
    runner.model.backbone.conv1.weight.data.zero_()
    runner.save_checkpoint(str(tmp_path), 'own.pth', by_epoch=False)
    again = train(
        tmp_path, pretrained(files[1]), load_from=str(tmp_path / 'own.pth')
    )
    assert again.model.backbone.conv1.weight.abs().sum() == 0


def test_list_of_init_cfg(files, tmp_path):
    init = [
        dict(type='Kaiming', layer='Conv2d'),
        dict(type='Pretrained', checkpoint=str(files[0])),
    ]
    with pytest.raises(InputError, match='missing'):
        train(tmp_path, dict(SMALL, init_cfg=init))


def test_a_file_of_another_library_is_recognised(tmp_path):
    swin = dict(type='mmpretrain.SwinTransformer')
    own = build(swin).backbone.state_dict()
    path = tmp_path / 'timm.pth'
    torch.save(
        from_mmpretrain(own, find_architecture('swin_tiny'), 'timm'), path
    )
    words = r'are missing.*swin_tiny of another.*py \S+timm.pth --arch swin_t'
    with pytest.raises(InputError, match=words):
        train(tmp_path, pretrained(path, swin))
