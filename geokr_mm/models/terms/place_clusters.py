"""Place clusters: which place on Earth a patch lies nearest to."""

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import torch
from mmengine.model import BaseModule
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from geokr_mm.errors import InputError
from geokr_mm.registry import MODELS

from ..knowledge import require
from ..step import Step, at_least_float32, pooled


def unit_vectors(lonlat: Tensor) -> Tensor:
    """Points on the unit sphere.

    Args:
        lonlat (Tensor): Longitude and latitude in degrees, (N, 2).

    Returns:
        Tensor: float64 of shape (N, 3). Two patches of one scene differ in
        the ninth digit of their dot product, which float32 does not have.
    """
    lon, lat = torch.deg2rad(lonlat.double()).unbind(dim=1)
    return torch.stack(
        [lat.cos() * lon.cos(), lat.cos() * lon.sin(), lat.sin()], dim=1
    )


def equal_area_centres(count: int) -> NDArray[np.float64]:
    """Centres of cells of nearly equal area: the Fibonacci lattice.

    A. Gonzalez, "Measurement of areas on a sphere using Fibonacci and
    latitude-longitude lattices", Mathematical Geosciences 2010,
    here with points i + 1/2 so that any number of them will do.

    Args:
        count (int): N, number of cells.

    Returns:
        np.ndarray: Unit vectors of shape (N, 3).
    """
    steps = np.arange(count) + 0.5
    z = 1.0 - 2.0 * steps / count
    turn = 2.0 * np.pi * steps * (2.0 / (1.0 + np.sqrt(5.0)))
    ring = np.sqrt(1.0 - z * z)
    return np.stack([ring * np.cos(turn), ring * np.sin(turn), z], axis=1)


def cluster_centres(
    vectors: NDArray[np.float64], count: int, rounds: int = 20
) -> NDArray[np.float64]:
    """k-means centres of places, the same for the same places.

    Starts from places that are far from each other (T. F. Gonzalez,
    "Clustering to minimize the maximum intercluster distance", 1985), the
    first being the first place, so nothing is drawn by chance.

    Args:
        vectors (np.ndarray): Unit vectors of shape (N, 3).
        count (int): Number of centres.
        rounds (int): Rounds of k-means.

    Returns:
        np.ndarray: Unit vectors of shape (count, 3).

    Raises:
        InputError: If there are fewer different places than centres.
    """
    from scipy.cluster.vq import kmeans2

    chosen = [0]
    nearest = ((vectors - vectors[0]) ** 2).sum(axis=1)
    while len(chosen) < count:
        chosen.append(int(nearest.argmax()))
        if nearest[chosen[-1]] == 0.0:
            raise InputError(
                f'the index has {len(chosen) - 1} different places, fewer '
                f'than num_places={count}; lower num_places'
            )
        apart = ((vectors - vectors[chosen[-1]]) ** 2).sum(axis=1)
        nearest = np.minimum(nearest, apart)
    centres, _ = kmeans2(vectors, vectors[chosen], iter=rounds, minit='matrix')
    return centres / np.linalg.norm(centres, axis=1, keepdims=True)


@MODELS.register_module()
class PlaceClusters(BaseModule):
    """Classifies which of N places a patch lies nearest to.

    Classifying 100 clusters of locations is one pretext task of GASSL (Ayush
    et al., ICCV 2021). The centres are either ``'clusters'``, k-means centres
    of the index's patches, set before training; or ``'cells'``, the same for
    every index: nearly equal-area cells over the whole globe. They are a
    buffer, so a checkpoint holds them. A linear layer reads the pooled
    features after the neck.

    Args:
        in_channels (int): Channels of the features.
        num_places (int): N.
        centres (str): ``'clusters'`` or ``'cells'``.
        loss_weight (float): Factor of the loss.
        init_cfg (dict, optional): Initialisation. Defaults to a normal
            distribution of standard deviation 0.01 for the linear layer.
    """

    needs = ('lonlat',)
    centres: Tensor

    def __init__(
        self,
        in_channels: int,
        num_places: int = 64,
        centres: Literal['clusters', 'cells'] = 'clusters',
        loss_weight: float = 0.1,
        init_cfg: dict[str, Any] | None = None,
    ) -> None:
        if centres not in ('clusters', 'cells'):
            raise ValueError(
                f"centres must be 'clusters' or 'cells', got {centres!r}"
            )
        super().__init__(
            init_cfg or dict(type='Normal', layer='Linear', std=0.01)
        )
        self.fc = nn.Linear(in_channels, num_places)
        self.loss_weight = loss_weight
        self.num_places = num_places
        known = (
            torch.from_numpy(equal_area_centres(num_places))
            if centres == 'cells'
            else torch.zeros(num_places, 3, dtype=torch.float64)
        )
        self.register_buffer('centres', known)
        self._is_set = False

    def _apply(
        self, fn: Callable[[Tensor], Tensor], recurse: bool = True
    ) -> nn.Module:
        """Keep the centres in double precision, whatever the weights are."""
        centres = self.centres
        super()._apply(fn, recurse)
        self.centres = centres.to(self.fc.weight.device)
        return self

    def prepare(self, dataset: Any) -> None:
        """Set the centres to those of a :class:`geokr_mm.GeoKRDataset`."""
        if not self.centres.any():
            self.fit(dataset.places_in_use())

    def fit(self, lonlat: NDArray[Any]) -> None:
        """Set the centres to those of an index, unless they are set.

        Args:
            lonlat (np.ndarray): Degrees, (N, 2).
        """
        if self.centres.any():
            return
        vectors = unit_vectors(torch.from_numpy(np.asarray(lonlat)))
        found = cluster_centres(vectors.numpy(), self.num_places)
        self.centres.copy_(torch.from_numpy(found))

    def places(self, lonlat: Tensor) -> Tensor:
        """Number of the nearest centre, (N, ).

        Raises:
            ValueError: If the centres were not set.
        """
        # Once, since a device is waited for.
        self._is_set = self._is_set or bool(self.centres.any())
        if not self._is_set:
            raise ValueError(
                'PlaceClusters has no centres yet; add '
                "dict(type='geokr_mm.PartsHook') to custom_hooks or "
                "set centres='cells'"
            )
        # No matrix product: autocast would round it to half precision.
        cosines = (unit_vectors(lonlat)[:, None] * self.centres).sum(dim=2)
        return cosines.argmax(dim=1)

    def forward(self, step: Step) -> Tensor:
        """The weighted cross-entropy of a batch, a scalar."""
        lonlat = require(step.knowledge.lonlat, 'lonlat', self)
        logits = at_least_float32(self.fc(pooled(step.student.feats)))
        loss = F.cross_entropy(logits, self.places(lonlat))
        return self.loss_weight * loss
