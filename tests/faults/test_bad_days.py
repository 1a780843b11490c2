"""Row 12: NaN and Inf reach neither weights nor teacher."""

import json

import pytest
import torch
from mmengine.hooks import Hook
from torch import nn

from geokr_mm.engine.finite_steps import FiniteSteps
from geokr_mm.engine.optim_wrappers import BFloat16OptimWrapper
from geokr_mm.errors import InputError
from geokr_mm.export.checkpoint import read_checkpoint

NAN, INF = float('nan'), float('inf')


class SpoilImage(Hook):
    """Makes images of some iterations, from 1, no numbers."""

    priority = 'HIGHEST'

    def __init__(self, *iterations):
        self.iterations = iterations

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        if runner.iter + 1 in self.iterations:
            views = data_batch['inputs']
            views[:] = [view.float() * NAN for view in views]


class SpoilGradient(Hook):
    """Makes a gradient of the second iteration infinite."""

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        weight = runner.model.head.fc.weight
        if runner.iter == 1:
            self.handle = weight.register_hook(lambda grad: grad * INF)
        elif runner.iter == 2:
            self.handle.remove()


@pytest.mark.parametrize('hook', [SpoilImage(2), SpoilGradient()])
def test_a_spoiled_step_is_left_out(run, tmp_path, hook):
    options = {'default_hooks.checkpoint.max_keep_ckpts': -1}
    run(tmp_path, hooks=[hook], **options)
    one, two, three = (
        torch.load(tmp_path / f'iter_{n}.pth', weights_only=False)
        for n in (1, 2, 3)
    )
    for name, value in two['state_dict'].items():
        assert torch.equal(value, one['state_dict'][name]), name
        assert torch.isfinite(three['state_dict'][name]).all(), name
    for number, state in two['optimizer']['state'].items():
        for name, value in state.items():
            before = one['optimizer']['state'][number][name]
            assert torch.equal(value, before), name
    assert three['state_dict']['teacher.moves'] == 2
    assert three['message_hub']['runtime_info']['left_out_steps'] == 1
    name = 'head.fc.weight'
    assert not torch.equal(two['state_dict'][name], three['state_dict'][name])


def test_ten_in_a_row_stop_the_run(run, tmp_path):
    with pytest.raises(InputError) as stopped:
        run(
            tmp_path,
            hooks=[SpoilImage(1, 3, 4, 5)],
            **{
                'default_hooks.non_finite.most': 3,
                'train_cfg.max_iters': 8,
            },
        )
    text = str(stopped.value)
    out = tmp_path / 'non_finite_0.json'
    assert '3 steps in a row had a loss or gradient that is no' in text
    assert str(out) in text and 'iter_4.pth' in text
    row = json.loads(out.read_text())
    assert [step['iteration'] for step in row] == [3, 4, 5]
    assert all(len(set(step['patches'])) == 4 for step in row)
    state = read_checkpoint(tmp_path / 'iter_4.pth')['state_dict']
    assert all(torch.isfinite(value).all() for value in state.values())


def test_a_spoiled_teacher_is_named(run, tmp_path):
    class SpoilTeacher(Hook):
        def before_train_iter(self, runner, **_):
            with torch.no_grad():
                runner.model.teacher.head.fc.bias.fill_(NAN)

    with pytest.raises(InputError, match=r'so is teacher\.head\.fc\.bias'):
        run(
            tmp_path,
            hooks=[SpoilTeacher()],
            **{'default_hooks.non_finite.most': 2},
        )


class FakeEvent:
    """The CPU has done all that it was given."""

    def record(self):
        pass

    def synchronize(self):
        pass


def test_a_fused_optimiser_is_not_waited_for():
    """The way of a GPU, with the fused optimiser of the CPU."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
    wrapper = BFloat16OptimWrapper(
        optimizer=torch.optim.AdamW(model.parameters(), lr=0.1, fused=True)
    )
    steps = FiniteSteps(model, wrapper)
    steps.waits = False
    steps._saved.append([b.clone() for b in steps._buffers])
    steps._seen, steps._event = torch.zeros(()), FakeEvent()
    steps._is_pending = False

    def step(factor):
        steps.begin()
        loss = (model(torch.randn(8, 3) * factor) ** 2).mean()
        wrapper.update_params(loss)
        return {k: v.clone() for k, v in model.state_dict().items()}

    first = step(1.0)
    second = step(NAN)
    assert not steps.left_out
    for name, _ in model.named_parameters():
        assert torch.equal(second[name], first[name])
    assert second['1.running_mean'].isnan().all()
    third = step(1.0)
    assert steps.left_out
    assert torch.equal(third['1.running_mean'], first['1.running_mean'])
    assert not torch.equal(third['0.weight'], first['0.weight'])
    fourth = step(1.0)
    assert not steps.left_out
    assert all(value.isfinite().all() for value in fourth.values())
    # Before a checkpoint is made.
    step(NAN)
    steps.settle()
    state = model.state_dict()
    assert torch.equal(state['1.running_mean'], fourth['1.running_mean'])
