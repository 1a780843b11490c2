"""Patches of rare land more often, patches of common land less often."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from mmengine.dataset import DefaultSampler
from numpy.typing import NDArray

from geokr_mm.errors import InputError
from geokr_mm.registry import DATA_SAMPLERS


def balance(
    fractions: NDArray[np.floating[Any]], power: float
) -> NDArray[np.float64]:
    """How often patches shall come.

    With the share f_k of class k in all patches together and the class
    fractions y_ik of patch i::

        w_i = sum_k y_ik f_k^-power,   divided by the sum over i

    As frequencies of pixels are smoothed in language models of many
    languages (Conneau and Lample, NeurIPS 2019, section 3.1), so that rare
    classes gain without a handful of patches coming all the time.

    Args:
        fractions (array): Class fractions (N, K); a row of zeros is a patch
            of which nothing is known and counts as an average one.
        power (float): 0 draws all alike; 1 gives every class the same share,
            as far as patches of one class go.

    Returns:
        array: (N, ), sums to 1.
    """
    rows = np.asarray(fractions, np.float64)
    shares = rows.sum(axis=0)
    present = shares > 0
    if not present.any():
        return np.full(len(rows), 1.0 / len(rows))
    shares = shares[present] / shares[present].sum()
    known = rows.sum(axis=1) > 0
    weights = rows[:, present] @ shares**-power
    weights[~known] = weights[known].mean()
    return weights / weights.sum()


@DATA_SAMPLERS.register_module()
class BalancedSampler(DefaultSampler):
    """Draws as many patches an epoch as there are, rare land more often.

    A patch comes N w_i times an epoch, rounded up or down by chance, with
    the weights of :func:`balance`: nearly all of one desert's patches make
    room for towns and rivers. It serves loops by epochs and by iterations.

    Args:
        dataset (GeoKRDataset): Knows the class fractions.
        power (float): See :func:`balance`, in [0, 1]. Defaults to 0.5.
        seed (int, optional): The same on all ranks. Defaults to None, one
            that the ranks agree on.
        round_up (bool): Add draws until all ranks have the same number.
            Defaults to True.
    """

    def __init__(
        self,
        dataset: Any,
        power: float = 0.5,
        seed: int | None = None,
        round_up: bool = True,
    ) -> None:
        if not 0 <= power <= 1:
            raise ValueError(f'power must be in [0, 1], got {power}')
        if not hasattr(dataset, 'fractions_in_use'):
            raise InputError(
                'BalancedSampler needs class fractions; use it with '
                f'geokr_mm.GeoKRDataset, not {type(dataset).__name__}'
            )
        super().__init__(dataset, shuffle=True, seed=seed, round_up=round_up)
        self.weights = balance(dataset.fractions_in_use(), power)

    def __iter__(self) -> Iterator[int]:
        """Places in the dataset, those of this rank."""
        rng = np.random.default_rng((self.seed, self.epoch))
        drawn = self._draw(rng)
        if len(drawn) < self.total_size:
            drawn = np.resize(drawn, self.total_size)
        mine = drawn[self.rank : self.total_size : self.world_size]
        return iter(mine.tolist())

    def _draw(self, rng: np.random.Generator) -> NDArray[np.int64]:
        """Systematic sampling: evenly spaced points on the summed weights."""
        total = len(self.weights)
        points = (rng.random() + np.arange(total)) / total
        # The order decides which patches share a rounding; not the index's.
        order = rng.permutation(total)
        ends = np.cumsum(self.weights[order])
        places = np.searchsorted(ends, points, side='right')
        return rng.permutation(order[np.minimum(places, total - 1)])
