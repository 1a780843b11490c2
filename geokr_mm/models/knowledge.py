"""What the index holds about the patches of a batch."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from mmpretrain.structures import DataSample
from torch import Tensor

# Fields of a batch by the key of the data samples they are stacked from.
FIELDS = {
    'class_fractions': 'fractions',
    'valid_fraction': 'valid',
    'grid_fractions': 'grid',
    'grid_valid': 'grid_valid',
    'view_fractions': 'views',
    'view_valid': 'view_valid',
    'shared_ground': 'shared_ground',
    'confidence': 'confidence',
    'disagreement': 'disagreement',
    'change': 'change',
    'row': 'rows',
    'lonlat': 'lonlat',
}
# One number of each patch, stored as a tensor of shape (1, ).
NUMBERS = (
    'valid_fraction',
    'shared_ground',
    'confidence',
    'disagreement',
    'change',
    'row',
)


@dataclass(frozen=True)
class Knowledge:
    """Targets of one batch of B patches, K classes, G x G cells, V views.

    Only the first two are always there; a part of a model names the keys of
    the others in its ``needs``.

    Attributes:
        fractions (Tensor): Class fractions of the student's view, (B, K).
        valid (Tensor): Share of each footprint that the map covers, (B, ).
        grid (Tensor, optional): Class fractions of cells, (B, G, G, K).
        grid_valid (Tensor, optional): Covered share of cells, (B, G, G).
        views (Tensor, optional): Class fractions of each view, (B, V, K).
        view_valid (Tensor, optional): Covered share of each view, (B, V).
        shared_ground (Tensor, optional): Ground that first and last view
            share over what either shows, (B, ).
        confidence (Tensor, optional): Trust in the map, 0 to 1, (B, ).
        disagreement (Tensor, optional): Total variation between the maps
            that were combined, cell by cell, 0 to 1, (B, ).
        change (Tensor, optional): Share of the land that changed between
            the maps before and after the image, (B, ).
        rows (Tensor, optional): Row of each patch in the index, (B, ).
        lonlat (Tensor, optional): Degrees, float64 of shape (B, 2).
    """

    fractions: Tensor
    valid: Tensor
    grid: Tensor | None = None
    grid_valid: Tensor | None = None
    views: Tensor | None = None
    view_valid: Tensor | None = None
    shared_ground: Tensor | None = None
    confidence: Tensor | None = None
    disagreement: Tensor | None = None
    change: Tensor | None = None
    rows: Tensor | None = None
    lonlat: Tensor | None = None

    @classmethod
    def of(cls, samples: Sequence[DataSample]) -> 'Knowledge':
        """Stack the fields of data samples.

        Args:
            samples (Sequence[DataSample]): Hold ``class_fractions`` (K, )
                and ``valid_fraction`` (1, ); the others may be absent.
        """
        found = {}
        for key, field in FIELDS.items():
            if key in samples[0]:
                values = torch.stack([sample.get(key) for sample in samples])
                found[field] = values.flatten() if key in NUMBERS else values
        return cls(**found)

    def of_views(self, count: int) -> 'Knowledge':
        """Fractions and covered shares of all first views, then of others.

        Those of the patch where views have none of their own.
        """
        if count == 1:
            return self

        def rows(values: Tensor | None, whole: Tensor) -> Tensor:
            if values is None:
                return torch.cat([whole] * count)
            return values[:, :count].transpose(0, 1).flatten(0, 1)

        return Knowledge(
            rows(self.views, self.fractions),
            rows(self.view_valid, self.valid),
        )


def require(value: Tensor | None, key: str, part: object) -> Tensor:
    """Return an optional field of the knowledge.

    Raises:
        ValueError: If the data samples lack it; names part and key.
    """
    if value is None:
        raise ValueError(
            f'{type(part).__name__} needs `{key}` in the data samples; use '
            'geokr_mm.GeoKRDataset and start with tools/train.py, or write '
            f'keys=[{key!r}] in geokr_mm.PackKnowledgeInputs'
        )
    return value
