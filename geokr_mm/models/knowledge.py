"""What the map says about the patches of a batch."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from mmpretrain.structures import DataSample
from torch import Tensor


@dataclass(frozen=True)
class Knowledge:
    """Targets of one batch of B patches, K classes, G x G cells.

    Attributes:
        fractions (Tensor): Class fractions of the student's view, (B, K).
        valid (Tensor): Share of each footprint that the map covers, (B, ).
        grid (Tensor, optional): Class fractions of cells, (B, G, G, K).
        grid_valid (Tensor, optional): Covered share of cells, (B, G, G).
        confidence (Tensor, optional): Trust in the map, 0 to 1, (B, ).
        disagreement (Tensor, optional): Total variation between the maps
            that were combined, cell by cell, 0 to 1, (B, ).
        change (Tensor, optional): Share of the land that changed between
            the maps before and after the image, (B, ).
        rows (Tensor, optional): Row of each patch in the index, (B, ).
    """

    fractions: Tensor
    valid: Tensor
    grid: Tensor | None = None
    grid_valid: Tensor | None = None
    confidence: Tensor | None = None
    disagreement: Tensor | None = None
    change: Tensor | None = None
    rows: Tensor | None = None

    @classmethod
    def of(cls, samples: Sequence[DataSample]) -> 'Knowledge':
        """Collect the fields of data samples.

        Args:
            samples (Sequence[DataSample]): Hold ``class_fractions`` (K, )
                and ``valid_fraction`` (1, ); the other fields may be absent.
        """

        def stacked(name: str) -> Tensor | None:
            if name not in samples[0]:
                return None
            return torch.stack([s.get(name) for s in samples])

        def numbers(name: str) -> Tensor | None:
            values = stacked(name)
            return None if values is None else values.reshape(-1)

        return cls(
            fractions=torch.stack([s.class_fractions for s in samples]),
            valid=torch.cat([s.valid_fraction for s in samples]),
            grid=stacked('grid_fractions'),
            grid_valid=stacked('grid_valid'),
            confidence=numbers('confidence'),
            disagreement=numbers('disagreement'),
            change=numbers('change'),
            rows=numbers('row'),
        )
