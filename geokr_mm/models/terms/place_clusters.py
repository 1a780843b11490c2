"""Place clusters: which place on Earth a patch lies nearest to."""

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import torch
from mmengine.model import BaseModule
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from geokr_mm.registry import MODELS

from ..knowledge import require
from ..precision import at_least_float32
from ..sphere import cluster_centres, equal_area_centres, unit_vectors
from ..step import Step, pooled


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
        num_places (int): N. Defaults to 64.
        centres (str): ``'clusters'`` or ``'cells'``. Defaults to
            'clusters'.
        loss_weight (float): Factor of the loss. Defaults to 0.1.
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
        if not self.centres.any():
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
