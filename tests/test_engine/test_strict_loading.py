"""No file of weights is taken in part, wherever its maker keeps them."""

import copy
import os
import re

import pytest
import torch
from mmengine.evaluator import BaseMetric
from mmengine.model import BaseModel
from mmengine.registry import DefaultScope
from mmengine.runner import Runner
from torch.utils.data import DataLoader

from geokr_mm.engine.hooks import PretrainedGuardHook
from geokr_mm.errors import InputError
from geokr_mm.registry import MODELS

SMALL = dict(
    type='mmpretrain.ResNet', depth=18, stem_channels=8, base_channels=8
)


class Net(BaseModel):
    """A backbone and a head."""

    def __init__(self, backbone, init_cfg=None):
        super().__init__(init_cfg=init_cfg)
        with DefaultScope.overwrite_default_scope('mmpretrain'):
            self.backbone = MODELS.build(copy.deepcopy(backbone))
        self.head = torch.nn.Linear(64, 2)

    def forward(self, inputs, mode='tensor'):
        out = self.head(self.backbone(inputs)[-1].mean(dim=(2, 3)))
        return dict(loss=out.mean()) if mode == 'loss' else [{}] * len(out)


class Count(BaseMetric):
    """How many were measured."""

    def process(self, data_batch, data_samples):
        self.results += [1] * len(data_samples)

    def compute_metrics(self, results):
        return dict(count=len(results))


def runner_of(folder, model, guard=None, **kwargs):
    data = [dict(inputs=torch.randn(3, 32, 32)) for _ in range(2)]
    return Runner(
        model=model,
        work_dir=str(folder / 'work'),
        train_dataloader=DataLoader(data, batch_size=2),
        test_dataloader=DataLoader(data, batch_size=2),
        test_evaluator=Count(),
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.0)),
        train_cfg=dict(by_epoch=False, max_iters=1),
        test_cfg={},
        custom_hooks=[PretrainedGuardHook(**(guard or {}))],
        default_hooks=dict(logger=None),
        log_level='WARNING',
        experiment_name=f'{folder.name}-{os.urandom(4).hex()}',
        **kwargs,
    )


def start(folder, settings=SMALL, **kwargs):
    runner = runner_of(folder, Net(settings), **kwargs)
    runner.train()
    return runner.model


@pytest.fixture(scope='module')
def weights():
    """A backbone's state with values of its own."""
    torch.manual_seed(5)
    state = Net(SMALL).backbone.state_dict()
    for value in state.values():
        if value.is_floating_point():
            value.uniform_(0.5, 1.5)
    return state


def below(prefix, state):
    return {f'{prefix}{name}': value for name, value in state.items()}


LAYOUTS = {
    'moco': lambda s: dict(
        state_dict=below('module.encoder_q.', s)
        | below('module.encoder_k.', s)
    ),
    'lightning': lambda s: dict(
        state_dict=below('model.encoder.', s), epoch=3
    ),
    'model': lambda s: dict(model=s, epoch=3),
    'model of ddp': lambda s: dict(model=below('module.', s)),
    'model_state_dict': lambda s: dict(model_state_dict=s),
    'nested twice': lambda s: dict(checkpoint=dict(state_dict=s)),
    'state_dict in state_dict': lambda s: dict(state_dict=dict(model=s)),
    'dino': lambda s: dict(student=below('backbone.', s), teacher=s),
    'own run': lambda s: dict(
        state_dict=below('backbone.', s) | below('teacher.backbone.', s)
    ),
}


@pytest.mark.parametrize('layout', LAYOUTS)
def test_what_the_line_says_to_write_loads(weights, tmp_path, layout):
    path = tmp_path / 'other.pth'
    torch.save(LAYOUTS[layout](weights), path)
    init = dict(type='Pretrained', checkpoint=str(path))
    with pytest.raises(InputError, match=r'other\.pth: does not fit') as error:
        start(tmp_path, dict(SMALL, init_cfg=init))
    text = str(error.value)
    assert '\n' not in text and len(text) < 700
    advice = re.search(r'model\.backbone\.init_cfg=(dict\(.*\))', text)
    advised = eval(advice.group(1))
    assert advised['prefix'].endswith('.')
    backbone = start(tmp_path, dict(SMALL, init_cfg=advised)).backbone
    for name, value in backbone.named_parameters():
        assert torch.equal(value, weights[name]), name


def test_the_teacher_of_a_run_is_advised(weights, tmp_path):
    path = tmp_path / 'run.pth'
    torch.save(LAYOUTS['own run'](weights), path)
    init = dict(type='Pretrained', checkpoint=str(path), prefix='encoder.')
    with pytest.raises(InputError, match=r"prefix='teacher\.backbone\.'"):
        start(tmp_path, dict(SMALL, init_cfg=init))


@pytest.mark.parametrize('layout', ['bare', 'ddp', 'old pickle', 'classifier'])
def test_plain_files_load(weights, tmp_path, layout):
    path, zipped = tmp_path / 'plain.pth', layout != 'old pickle'
    state = below('module.' if layout == 'ddp' else '', weights)
    if layout == 'classifier':
        state |= {'fc.weight': torch.zeros(9, 64), 'fc.bias': torch.zeros(9)}
    torch.save(state, path, _use_new_zipfile_serialization=zipped)
    init = dict(type='Pretrained', checkpoint=str(path))
    backbone = start(tmp_path, dict(SMALL, init_cfg=init)).backbone
    assert torch.equal(backbone.conv1.weight, weights['conv1.weight'])


def test_the_whole_model_may_start_from_a_file(weights, tmp_path):
    net = Net(SMALL)
    torch.save(dict(model=net.state_dict()), tmp_path / 'net.pth')
    init = dict(type='Pretrained', checkpoint=str(tmp_path / 'net.pth'))
    with pytest.raises(InputError, match=r"write model\.init_cfg=.*'model\.'"):
        runner_of(tmp_path, Net(SMALL, init)).train()
    init['prefix'] = 'model.'
    runner = runner_of(tmp_path, Net(SMALL, init))
    runner.train()
    assert torch.equal(runner.model.head.weight, net.head.weight)


def test_one_layer_may_start_from_a_file(weights, tmp_path):
    path = tmp_path / 'layer.pth'
    torch.save(dict(weight=weights['conv1.weight']), path)
    part = dict(type='Pretrained', name='conv1', checkpoint=str(path))
    init = dict(type='Kaiming', layer='Conv2d', override=part)
    backbone = start(tmp_path, dict(SMALL, init_cfg=init)).backbone
    assert torch.equal(backbone.conv1.weight, weights['conv1.weight'])
    torch.save(dict(bias=weights['conv1.weight']), path)
    with pytest.raises(InputError, match=r'does not fit backbone\.conv1'):
        start(tmp_path, dict(SMALL, init_cfg=init))


def test_weights_that_are_no_numbers(weights, tmp_path):
    state = copy.deepcopy(weights)
    state['layer1.0.conv1.weight'][0, 0, 0, 0] = float('nan')
    torch.save(state, tmp_path / 'nan.pth')
    init = dict(type='Pretrained', checkpoint=str(tmp_path / 'nan.pth'))
    with pytest.raises(InputError, match=r'nan\.pth: NaN.*layer1\.0\.conv1'):
        start(tmp_path, dict(SMALL, init_cfg=init))
    net = Net(SMALL).state_dict()
    net['head.bias'][0] = float('inf')
    torch.save(net, tmp_path / 'inf.pth')
    with pytest.raises(InputError, match=r'inf\.pth: NaN.*first head\.bias'):
        start(tmp_path, load_from=str(tmp_path / 'inf.pth'))


def test_load_from_takes_the_whole_model_only(weights, tmp_path):
    path = tmp_path / 'foreign.pth'
    torch.save(dict(state_dict=below('module.encoder.', weights)), path)
    with pytest.raises(InputError) as error:
        start(tmp_path, load_from=str(path))
    assert 'foreign.pth: does not fit the model' in str(error.value)
    assert (
        'in place of load_from write model.backbone.init_cfg='
        f"dict(type='Pretrained', checkpoint={str(path)!r}, "
        "prefix='module.encoder.')"
    ) in str(error.value)
    net = Net(SMALL)
    torch.save(dict(state_dict=below('module.', net.state_dict())), path)
    model = start(tmp_path, load_from=str(path))
    assert torch.equal(model.head.weight, net.head.weight)


def test_a_head_may_start_fresh_if_the_config_says_so(tmp_path):
    state, path = Net(SMALL).state_dict(), tmp_path / 'nine.pth'
    state['head.weight'] = torch.ones(9, 64)
    torch.save(state, path)
    with pytest.raises(InputError, match=r"allow_missing=\('head\.',\)"):
        start(tmp_path, load_from=str(path))
    fresh = dict(allow_missing=('head.',))
    model = start(tmp_path, load_from=str(path), guard=fresh)
    assert torch.equal(
        model.backbone.conv1.weight, state['backbone.conv1.weight']
    )
    assert model.head.weight.shape == (2, 64)
    # What is measured must not be random.
    runner = runner_of(tmp_path, Net(SMALL), fresh, load_from=str(path))
    with pytest.raises(InputError, match=r'head\.weight is \(9, 64\)'):
        runner.test()


def test_a_test_measures_what_was_loaded_only(weights, tmp_path):
    path = tmp_path / 'foreign.pth'
    torch.save(weights, path)
    runner = runner_of(tmp_path, Net(SMALL), load_from=str(path))
    with pytest.raises(InputError, match='what is not loaded is random'):
        runner.test()
    torch.save(Net(dict(SMALL, depth=34)).state_dict(), path)
    runner = runner_of(tmp_path, Net(SMALL), load_from=str(path))
    with pytest.raises(InputError, match=r'unexpected: backbone\.layer1\.2'):
        runner.test()
    torch.save(Net(SMALL).state_dict(), path)
    runner = runner_of(tmp_path, Net(SMALL), load_from=str(path))
    assert runner.test() == dict(count=2)


def test_no_run_goes_on_from_weights_alone(tmp_path):
    path = tmp_path / 'weights.pth'
    torch.save(dict(state_dict=Net(SMALL).state_dict()), path)
    with pytest.raises(InputError, match='no state of a run.*load_from'):
        start(tmp_path, load_from=str(path), resume=True)


def test_the_last_guard_acts(weights, tmp_path):
    """So custom_hooks can allow what default_hooks would refuse."""
    path = tmp_path / 'short.pth'
    torch.save({k: v for k, v in weights.items() if k != 'bn1.bias'}, path)
    init = dict(type='Pretrained', checkpoint=str(path))
    runner = runner_of(tmp_path, Net(dict(SMALL, init_cfg=init)))
    runner.register_hook(PretrainedGuardHook(allow_missing=('bn1.bias',)))
    runner.train()
    assert runner.iter == 1


def test_a_part_that_the_model_lacks_may_stay_behind(tmp_path):
    state, path = Net(SMALL).state_dict(), tmp_path / 'more.pth'
    torch.save({**state, 'auxiliary.weight': torch.zeros(2)}, path)
    with pytest.raises(InputError, match=r"allow_unexpected=\('auxiliary\.',"):
        start(tmp_path, load_from=str(path))
    more = dict(allow_unexpected=('auxiliary.',))
    model = start(tmp_path, load_from=str(path), guard=more)
    assert torch.equal(model.head.weight, state['head.weight'])
