"""Fifty released-mode steps against an independent re-derivation.

The reference below is written from the published formulae alone: its own
losses and teacher loop on plain tensors. Backbone and head start from the
same weights. In double precision, since Adam turns the sign of a gradient
that is rounding noise into a full step.
"""

import copy

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmpretrain.structures import DataSample
from torch import nn

import geokr_mm.registry  # noqa: F401

pytestmark = pytest.mark.slow

STEPS, BATCH, CLASSES = 50, 4, 8
# Close together, so that six of the fifty steps move the teacher.
ENTRIES = [2, 3, 4, 5]


def batches() -> tuple[torch.Tensor, torch.Tensor]:
    """Seeded images (S, B, 3, 32, 32) and class fractions (S, B, K)."""
    rng = np.random.default_rng(11)
    images = rng.random((STEPS, BATCH, 3, 32, 32))
    fractions = rng.dirichlet(np.full(CLASSES, 0.3), (STEPS, BATCH))
    return torch.tensor(images), torch.tensor(fractions)


@pytest.fixture(autouse=True)
def double_precision():
    """Everything that is made in the test is float64."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


class Patches(torch.utils.data.Dataset):
    """The batches, patch by patch, in order."""

    def __init__(self) -> None:
        images, fractions = batches()
        self.images, self.fractions = (
            images.flatten(0, 1),
            fractions.flatten(0, 1),
        )

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, i: int) -> dict:
        sample = DataSample()
        sample.set_field(self.fractions[i], 'class_fractions')
        sample.set_field(torch.ones(1), 'valid_fraction')
        return dict(inputs=self.images[i], data_samples=sample)


class Record(Hook):
    """Keeps both losses of each step and the weights before the first."""

    def __init__(self) -> None:
        self.losses: list[tuple[float, float]] = []

    def before_train(self, runner: Runner) -> None:
        self.start = copy.deepcopy(runner.model)

    def after_train_iter(
        self, runner, batch_idx, data_batch=None, outputs=None
    ) -> None:
        self.losses.append(
            (
                float(outputs['loss_knowledge']),
                float(outputs['loss_correction']),
            )
        )


def reference(start: nn.Module) -> tuple[list, list, list, list[int]]:
    """The published loop; returns losses, both final states and the moves."""
    student = nn.Sequential(start.backbone, start.head.fc)
    teacher = nn.Sequential(start.teacher.backbone, start.teacher.head.fc)

    def logits(net: nn.Sequential, x: torch.Tensor) -> torch.Tensor:
        return net[1](net[0](x)[-1].mean(dim=(2, 3)))

    student.train()
    teacher.train()
    optimizer = torch.optim.Adam(student.parameters(), lr=1e-3)
    waiting, every = list(ENTRIES), int(ENTRIES[0] / BATCH * 16)
    losses, moves = [], []
    for step, (x, y) in enumerate(zip(*batches(), strict=True), start=1):
        s = logits(student, x)
        with torch.no_grad():
            t = logits(teacher, x)
        p = torch.exp(s) / torch.exp(s).sum(1, keepdim=True)
        log_q = t - torch.log(torch.exp(t).sum(1, keepdim=True))
        label = (-y * torch.log(p)).sum() / (BATCH * CLASSES)
        consistency = (-p * log_q).sum() / (BATCH * CLASSES)
        optimizer.zero_grad()
        (label + consistency).backward()
        optimizer.step()
        losses.append((label.item(), consistency.item()))
        if step % every == 1:
            moves.append(step)
            with torch.no_grad():
                for w_t, w_s in zip(
                    teacher.parameters(), student.parameters(), strict=True
                ):
                    w_t.copy_(0.95 * w_t + 0.05 * w_s)
            if waiting:
                every = int(waiting.pop(0) / BATCH * 16)
    states = [
        [v.detach().clone() for v in net.state_dict().values()]
        for net in (student, teacher)
    ]
    return losses, *states, moves


def test_fifty_steps_match_the_published_loop(repo, tmp_path):
    path = 'configs/geokr/geokr-released_resnet50_1xb8-steplr-10e_levir-kr.py'
    cfg = Config.fromfile(repo / path)
    cfg.merge_from_dict(
        {
            'model.backbone.depth': 18,
            # Through branches that speak, Adam makes 1e-2 of rounding's
            # 1e-17 in twenty steps.
            'model.backbone.zero_init_residual': True,
            'model.head.num_classes': CLASSES,
            # Images are in [0, 1] already; the division by 255 is tested
            # with the config.
            'model.data_preprocessor': dict(
                _delete_=True, type='mmengine.BaseDataPreprocessor'
            ),
            'train_cfg': dict(
                _delete_=True, type='IterBasedTrainLoop', max_iters=STEPS
            ),
            'param_scheduler': None,
            'work_dir': str(tmp_path),
        }
    )
    cfg.default_hooks.ema_teacher.released_steps = ENTRIES
    cfg.default_hooks.pop('checkpoint')
    cfg.train_dataloader = dict(
        batch_size=BATCH,
        sampler=dict(type='DefaultSampler', shuffle=False),
        collate_fn=dict(type='default_collate'),
        dataset=Patches(),
    )
    runner = Runner(
        **{
            k: cfg[k]
            for k in (
                'model',
                'work_dir',
                'train_dataloader',
                'train_cfg',
                'optim_wrapper',
                'default_hooks',
                'default_scope',
                'randomness',
            )
        }
    )
    record = Record()
    runner.register_hook(record)
    runner.train()

    losses, student, teacher, moves = reference(record.start)
    assert moves == [1, 9, 13, 17, 21, 41]
    np.testing.assert_allclose(record.losses, losses, atol=1e-6)
    model = runner.model
    for expected, part in ((student, model), (teacher, model.teacher)):
        got = [
            *part.backbone.state_dict().values(),
            *part.head.fc.state_dict().values(),
        ]
        for value, wanted in zip(got, expected, strict=True):
            torch.testing.assert_close(value, wanted, atol=1e-6, rtol=1e-6)
