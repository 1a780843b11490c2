"""Sampling balanced by class against the formula and against counts."""

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope

from geokr_mm.benchmark.budget import spend
from geokr_mm.datasets.balanced import ClassBalancedSampler, class_weights
from geokr_mm.registry import DATA_SAMPLERS, DATASETS


def test_weights_are_the_formula():
    rows = np.array([[1, 0, 0], [0.5, 0.5, 0], [1, 0, 0], [0, 0, 0]], 'f4')
    # Means 0.625, 0.125, 0.
    one = 1 / np.sqrt(0.625)
    mixed = 0.5 * one + 0.5 / np.sqrt(0.125)
    wanted = np.array([one, mixed, one, (2 * one + mixed) / 3])
    assert np.allclose(class_weights(rows, 0.5), wanted / wanted.sum())
    assert np.allclose(class_weights(rows, 0.0), 0.25)
    assert np.allclose(class_weights(np.zeros((2, 3), 'f4'), 1.0), 0.5)


def test_a_benchmark_keeps_the_sampler():
    for kind, kept in (
        ('DefaultSampler', 'InfiniteSampler'),
        ('geokr_mm.ClassBalancedSampler', 'geokr_mm.ClassBalancedSampler'),
    ):
        sampler = dict(type=kind)
        settings = Config(dict(train_dataloader=dict(sampler=sampler)))
        spend(settings, 40)
        assert settings.train_dataloader.sampler.type == kept
        assert settings.train_cfg.max_iters == 40


def test_classes_even_out():
    rows = np.eye(2, dtype='f4')[[0] * 90 + [1] * 10]
    drawn = class_weights(rows, 1.0) @ rows
    assert np.allclose(drawn, 0.5)


def test_a_sampler_of_a_loader(tiny_index):
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        dataset = DATASETS.build(
            dict(type='geokr_mm.GeoKRDataset', index=str(tiny_index))
        )
        sampler = DATA_SAMPLERS.build(
            dict(
                type='geokr_mm.ClassBalancedSampler',
                dataset=dataset,
                power=1.0,
                seed=3,
            )
        )
    first = list(sampler)
    assert len(first) == len(sampler) == len(dataset)
    assert first == list(sampler)
    sampler.set_epoch(1)
    assert list(sampler) != first
    # Two processes share the draws of one.
    halves = []
    for rank in range(2):
        sampler.set_epoch(0)
        sampler.rank, sampler.processes = rank, 2
        halves.append(list(sampler))
    joint = [n for pair in zip(*halves, strict=True) for n in pair]
    assert joint[: len(first)] == first
    # Many draws have the shares that the weights state.
    sampler.rank, sampler.processes = 0, 1
    counts = np.zeros(len(dataset))
    for epoch in range(200):
        sampler.set_epoch(epoch)
        counts += np.bincount(list(sampler), minlength=len(dataset))
    shares = torch.from_numpy(counts / counts.sum())
    assert (shares - sampler.weights).abs().max() < 0.02
    with pytest.raises(ValueError, match='power must be'):
        ClassBalancedSampler(dataset, power=2.0)
