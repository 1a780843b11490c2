"""How often which patch comes."""

import numpy as np
import pytest

from geokr_mm.datasets import GeoKRDataset
from geokr_mm.datasets.samplers import BalancedSampler
from geokr_mm.datasets.samplers.balanced import balance
from geokr_mm.errors import InputError
from geokr_mm.registry import DATA_SAMPLERS

# Eighty patches of one class, fifteen of a second, five of a third.
PURE = np.repeat(np.eye(3), (80, 15, 5), axis=0)


class Patches:
    """As much of a dataset as the sampler asks for."""

    def __init__(self, fractions):
        self.fractions = fractions

    def __len__(self):
        return len(self.fractions)

    def fractions_in_use(self):
        return self.fractions


def test_power_of_one_gives_classes_the_same_share():
    np.testing.assert_allclose(balance(PURE, 1.0) @ PURE, 1 / 3)


def test_power_of_zero_draws_all_alike():
    np.testing.assert_allclose(balance(PURE, 0.0), 0.01)


def test_mixed_patches_weigh_as_the_formula_says():
    rows = np.random.default_rng(0).dirichlet(np.ones(4), size=30)
    share = rows.mean(axis=0)
    expected = np.zeros(30)
    for patch in range(30):
        for k in range(4):
            expected[patch] += rows[patch, k] * share[k] ** -0.3
    np.testing.assert_allclose(balance(rows, 0.3), expected / expected.sum())


def test_absent_classes_and_unknown_patches_do_no_harm():
    rows = np.array([[1.0, 0, 0], [0.5, 0.5, 0], [0, 0, 0]])
    weights = balance(rows, 1.0)
    assert weights[2] == pytest.approx(weights[:2].mean())
    np.testing.assert_allclose(balance(np.zeros((4, 2)), 1.0), 0.25)


def test_each_patch_comes_as_often_as_its_weight_asks():
    sampler = BalancedSampler(Patches(PURE), power=1.0, seed=3)
    drawn = list(sampler)
    assert len(drawn) == len(sampler) == 100
    wanted = 100 * sampler.weights
    counts = np.bincount(drawn, minlength=100)
    assert (counts >= np.floor(wanted)).all()
    assert (counts <= np.ceil(wanted)).all()


def test_same_seed_and_epoch_same_order():
    sampler = BalancedSampler(Patches(PURE), seed=3)
    first = list(sampler)
    assert list(BalancedSampler(Patches(PURE), seed=3)) == first
    sampler.set_epoch(1)
    assert list(sampler) != first


def test_ranks_share_the_draws_of_one(monkeypatch):
    together = list(BalancedSampler(Patches(PURE[:99]), seed=5))
    shares = []
    for rank in range(2):
        monkeypatch.setattr(
            'mmengine.dataset.sampler.get_dist_info', lambda r=rank: (r, 2)
        )
        shares.append(list(BalancedSampler(Patches(PURE[:99]), seed=5)))
    assert [len(s) for s in shares] == [50, 50]
    dealt = [i for pair in zip(*shares, strict=True) for i in pair]
    assert dealt == [*together, together[0]]


def test_it_reads_an_index(tiny_index):
    dataset = GeoKRDataset(str(tiny_index))
    sampler = DATA_SAMPLERS.build(
        dict(type='BalancedSampler', dataset=dataset, power=1.0, seed=0)
    )
    land = dataset.fractions_in_use()
    assert land.shape == (len(dataset), len(dataset.metainfo['classes']))
    spread = [rows.mean(axis=0).max() for rows in (land, land[list(sampler)])]
    assert spread[1] < spread[0]


def test_bad_settings_are_named():
    with pytest.raises(ValueError, match='power must be'):
        BalancedSampler(Patches(PURE), power=2.0)
    with pytest.raises(InputError, match='GeoKRDataset, not list'):
        BalancedSampler([1, 2])
