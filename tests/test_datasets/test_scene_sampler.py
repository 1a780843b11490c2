"""The order of geokr_mm.SceneSampler."""

import numpy as np
import pytest
from mmengine.registry import DefaultScope

from geokr_mm.datasets import SceneSampler, scene_sampler
from geokr_mm.geo.scenes.windowed_read import OPEN_FILES
from geokr_mm.registry import DATA_SAMPLERS, DATASETS


@pytest.fixture(scope='module')
def dataset(tiny_index):
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        return DATASETS.build(
            dict(
                type='geokr_mm.GeoKRDataset',
                index=str(tiny_index),
                keep_only=False,
            )
        )


def places(dataset, order):
    """Scene, and place of the window, of each patch."""
    records = [dataset.get_data_info(int(n))['record'] for n in order]
    return [(r.scene, r.window.row, r.window.col) for r in records]


def test_each_patch_comes_once_and_order_follows_seed_and_epoch(dataset):
    def order(seed, epoch, **how):
        sampler = SceneSampler(dataset, seed=seed, run=3, pool=2, **how)
        sampler.set_epoch(epoch)
        return list(sampler)

    first = order(0, 0)
    assert sorted(first) == list(range(len(dataset)))
    assert first == order(0, 0)
    assert first != order(0, 1) and first != order(1, 0)
    lanes = order(0, 0, workers=3, batch_size=4)
    assert sorted(lanes) == sorted(first) and lanes != first
    assert order(0, 0, shuffle=False) == list(range(len(dataset)))


def test_a_run_is_of_neighbours_in_one_scene(dataset):
    sampler = SceneSampler(dataset, seed=0, run=4, pool=1)
    order = sampler.order()
    found = places(dataset, order)
    changes = sum(a[0] != b[0] for a, b in zip(found, found[1:], strict=False))
    scenes = len({scene for scene, *_ in found})
    assert scenes > 1
    # Runs are cut anywhere, so a scene has one more than needed.
    assert changes < len(order) // 4 + 2 * scenes
    shuffled = np.random.default_rng(0).permutation(len(order))
    other = places(dataset, shuffled)
    assert changes < sum(
        a[0] != b[0] for a, b in zip(other, other[1:], strict=False)
    )
    # Each run is a stretch of the order of the files.
    runs = sampler._run_places()
    assert set(runs) == set(range(runs.max() + 1))
    for run in set(runs):
        at = np.flatnonzero(runs == run)
        assert at[-1] - at[0] == len(at) - 1 < 4


def test_processes_share_the_patches(dataset, monkeypatch):
    found = []
    for rank in range(3):
        monkeypatch.setattr(
            scene_sampler, 'get_dist_info', lambda r=rank: (r, 3)
        )
        sampler = SceneSampler(dataset, seed=0, run=3, pool=2)
        found.append(list(sampler))
        assert len(found[-1]) == len(sampler) == -(-len(dataset) // 3)
    together = [n for one in found for n in one]
    assert set(together) == set(range(len(dataset)))
    assert len(together) - len(set(together)) == len(sampler) * 3 - len(
        dataset
    )


def test_workers_have_runs_of_their_own(dataset):
    sampler = SceneSampler(
        dataset, seed=0, run=4, pool=1, batch_size=2, workers=2
    )
    order = sampler.order()
    batches = order[: len(order) // 4 * 4].reshape(-1, 2, 2)
    for worker in range(2):
        mine = places(dataset, batches[:, worker].ravel())
        changes = sum(
            a[0] != b[0] for a, b in zip(mine, mine[1:], strict=False)
        )
        assert changes < len(mine) // 4 + 2 * len({m[0] for m in mine})


def test_it_goes_on_from_a_start_once(dataset):
    sampler = SceneSampler(dataset, seed=0, run=3)
    whole = list(sampler)
    sampler.start = 5
    assert list(sampler) == whole[5:]
    assert list(sampler) == whole


def test_it_is_built_from_a_config(dataset):
    sampler = DATA_SAMPLERS.build(
        dict(type='geokr_mm.SceneSampler', dataset=dataset, seed=3)
    )
    assert sampler.pool == OPEN_FILES // 2 and sampler.seed == 3
    with pytest.raises(ValueError, match='run must be 1 or more, got 0'):
        SceneSampler(dataset, run=0)
