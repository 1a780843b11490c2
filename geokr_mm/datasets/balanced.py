"""Sampling balanced by class: rare land comes up more often."""

from collections.abc import Iterator

import numpy as np
import torch
from mmengine.dist import get_dist_info, sync_random_seed
from numpy.typing import NDArray
from torch.utils.data import Sampler

from geokr_mm.registry import DATA_SAMPLERS

from .geokr_dataset import GeoKRDataset


def class_weights(
    fractions: NDArray[np.float32], power: float
) -> NDArray[np.float64]:
    """How often each patch is drawn, as shares that sum to 1.

    With y_ik the fraction of class k in patch i and m_k its mean over all N
    patches::

        w_i = sum_k y_ik m_k^-power / sum over i of the same

    0 draws patches evenly; with 1 all classes that occur have the same
    expected share of what is drawn, if each patch is of one class. A patch of
    which nothing is mapped counts as one of the mean.

    Args:
        fractions (float array (N, K)): Class fractions.
        power (float): From 0 to 1.

    Returns:
        float64 array (N,).
    """
    mean = fractions.mean(axis=0, dtype=np.float64)
    rarity = np.zeros_like(mean)
    rarity[mean > 0] = mean[mean > 0] ** -power
    weights = fractions @ rarity
    mapped = fractions.sum(axis=1) > 0
    weights[~mapped] = weights[mapped].mean() if mapped.any() else 1.0
    return np.asarray(weights / weights.sum(), np.float64)


@DATA_SAMPLERS.register_module()
class ClassBalancedSampler(Sampler[int]):
    """Draws patches with replacement, those of rare classes more often.

    An epoch has as many draws as there are patches. See
    :func:`.class_weights`.

    Args:
        dataset (GeoKRDataset): Of all patches.
        power (float): How far it evens the classes out, from 0 to 1.
        seed (int, optional): Defaults to None, one that processes agree on.
    """

    def __init__(
        self,
        dataset: GeoKRDataset,
        power: float = 0.5,
        seed: int | None = None,
    ) -> None:
        if not 0 <= power <= 1:
            raise ValueError(f'power must be in [0, 1], got {power}')
        self.rank, self.processes = get_dist_info()
        self.seed = sync_random_seed() if seed is None else seed
        self.epoch = 0
        rows = dataset.rows_in_use()
        self.weights = torch.from_numpy(
            class_weights(dataset.knowledge_index.fractions[rows], power)
        )

    def __iter__(self) -> Iterator[int]:
        chance = torch.Generator().manual_seed(self.seed + self.epoch)
        drawn = torch.multinomial(
            self.weights,
            len(self) * self.processes,
            replacement=True,
            generator=chance,
        )
        return iter(drawn[self.rank :: self.processes].tolist())

    def __len__(self) -> int:
        return -(-len(self.weights) // self.processes)

    def set_epoch(self, epoch: int) -> None:
        """Choose the draws of an epoch."""
        self.epoch = epoch
