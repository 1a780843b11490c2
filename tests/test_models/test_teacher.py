"""One teacher update against the formula in plain numpy."""

import numpy as np
import pytest
import torch
from torch import nn

from geokr_mm.models import ema_update


def network(seed: int) -> nn.Module:
    """A small network with batch norm, in a state of its own."""
    torch.manual_seed(seed)
    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU())
    net.train()
    for _ in range(seed + 1):
        net(torch.randn(2, 3, 8, 8))
    return net


def arrays(net: nn.Module) -> dict[str, np.ndarray]:
    """Copies of all tensors by name."""
    return {k: v.numpy().copy() for k, v in net.state_dict().items()}


@pytest.mark.parametrize('momentum', [0.95, 0.99, 0.0])
def test_parameters_and_buffers_move(momentum):
    teacher, student = network(1), network(2)
    before, target = arrays(teacher), arrays(student)
    ema_update(teacher, student, momentum)
    for name, after in arrays(teacher).items():
        if name.endswith('num_batches_tracked'):
            assert after == target[name]
            continue
        expected = momentum * before[name] + (1 - momentum) * target[name]
        np.testing.assert_allclose(after, expected, atol=1e-6)
    for name, value in arrays(student).items():
        np.testing.assert_array_equal(value, target[name])


def test_released_update_leaves_buffers_alone():
    teacher, student = network(1), network(2)
    before, target = arrays(teacher), arrays(student)
    ema_update(teacher, student, 0.95, buffers=False)
    after = arrays(teacher)
    np.testing.assert_array_equal(
        after['1.running_mean'], before['1.running_mean']
    )
    np.testing.assert_allclose(
        after['0.weight'],
        0.95 * before['0.weight'] + 0.05 * target['0.weight'],
        atol=1e-6,
    )
