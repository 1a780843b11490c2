"""Gridded proportions: class fractions of the cells of a patch."""

from collections.abc import Sequence
from typing import Any, Literal

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn
from torch.nn import functional as F

from geokr_mm.registry import MODELS

from ..knowledge import Knowledge
from ..step import at_least_float32


def gathered(grid: Tensor, valid: Tensor, cells: int) -> tuple[Tensor, Tensor]:
    """Class fractions of coarser cells.

    Args:
        grid (Tensor): Fractions of G x G cells, (B, G, G, K).
        valid (Tensor): Covered share of each, (B, G, G).
        cells (int): g, a divisor of G.

    Returns:
        tuple: Fractions (B, g, g, K), averages by covered area and zero
        where nothing is covered, and covered shares (B, g, g).

    Raises:
        ValueError: If g does not divide G.
    """
    if grid.shape[1] % cells:
        raise ValueError(
            f'the index holds {grid.shape[1]} x {grid.shape[1]} cells, which '
            f'do not gather to {cells} x {cells}; set `grids` of the head or '
            '--grid of tools/build_index.py'
        )
    covered = F.adaptive_avg_pool2d(valid[:, None], cells)[:, 0]
    held = (grid * valid[..., None]).permute(0, 3, 1, 2)
    held = F.adaptive_avg_pool2d(held, cells).permute(0, 2, 3, 1)
    known = torch.where(covered > 0, covered, torch.ones_like(covered))
    return held / known[..., None], covered


@MODELS.register_module()
class GriddedKnowledgeHead(BaseModule):
    """Predicts the shares of land-cover classes in each cell of a patch.

    A 1 x 1 convolution predicts classes at each place of a feature map; the
    average over a cell is matched to the map's class fractions at several
    grids at once: learning from label proportions (La Rosa et al., arXiv
    2306.12461). With ``grids=(1, )`` and ``pool='features'`` it is the head
    of GeoKR.

    Args:
        num_classes (int): K, the number of classes in the index's legend.
        in_channels (int | Sequence[int]): Channels of the stages in
            ``stages``, one number where they are alike.
        grids (Sequence[int]): Cells along a side, coarsest first; each must
            divide the index's grid. A stage is matched at those no finer
            than its map.
        stages (Sequence[int]): Which of the backbone's or neck's outputs
            are read; the last gives the shares of the whole patch.
        pool (str): ``'probabilities'`` averages predictions of places;
            ``'features'`` predicts from averaged features, as GeoKR does.
        level_weights (Sequence[float], optional): Weight of each grid.
            Defaults to None: all one. The loss is the weighted mean.
        loss (dict): The label term of a cell. Defaults to
            ``dict(type='geokr_mm.KnowledgeLoss')``.
        init_cfg (dict, optional): Initialisation. Defaults to a normal
            distribution of standard deviation 0.01.
    """

    needs = ('grid_fractions', 'grid_valid')

    def __init__(
        self,
        num_classes: int,
        in_channels: int | Sequence[int],
        grids: Sequence[int] = (1, 2, 4),
        stages: Sequence[int] = (-1,),
        pool: Literal['probabilities', 'features'] = 'probabilities',
        level_weights: Sequence[float] | None = None,
        loss: dict[str, Any] | None = None,
        init_cfg: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(
            init_cfg or dict(type='Normal', layer='Conv2d', std=0.01)
        )
        if pool not in ('probabilities', 'features'):
            raise ValueError(
                f"pool must be 'probabilities' or 'features', got {pool!r}"
            )
        if isinstance(in_channels, int):
            in_channels = [in_channels] * len(stages)
        if len(in_channels) != len(stages):
            raise ValueError(
                f'in_channels {tuple(in_channels)} and stages '
                f'{tuple(stages)} differ in number'
            )
        weights = list(level_weights or [1.0] * len(grids))
        if len(weights) != len(grids) or list(grids) != sorted(set(grids)):
            raise ValueError(
                f'grids {tuple(grids)} must grow and have one weight each, '
                f'got {tuple(weights)}'
            )
        self.num_classes = num_classes
        self.grids = tuple(grids)
        self.stages = tuple(stages)
        self.pool = pool
        self.level_weights = weights
        self.convs = nn.ModuleList(
            nn.Conv2d(c, num_classes, 1) for c in in_channels
        )
        self.loss_module = MODELS.build(
            loss or dict(type='geokr_mm.KnowledgeLoss')
        )

    def forward(self, feats: Tensor | Sequence[Tensor]) -> list[Tensor]:
        """Class logits at each place.

        Args:
            feats (Tensor | Sequence[Tensor]): Maps (B, C, H, W).

        Returns:
            list[Tensor]: For each of ``stages`` logits (B, K, H, W).
        """
        stages = [feats] if isinstance(feats, Tensor) else list(feats)
        return [
            at_least_float32(conv(stages[number]))
            for number, conv in zip(self.stages, self.convs, strict=True)
        ]

    def shares(self, logits: Tensor, cells: int) -> Tensor:
        """Logarithm of the class shares of cells.

        Args:
            logits (Tensor): At each place, (B, K, H, W).
            cells (int): Along a side.

        Returns:
            Tensor: Shape (B, g, g, K), logarithms of shares that sum to 1.
        """
        if self.pool == 'features':
            # A 1 x 1 convolution and an average can change places.
            mean = F.adaptive_avg_pool2d(logits, cells)
            return mean.log_softmax(dim=1).permute(0, 2, 3, 1)
        mean = F.adaptive_avg_pool2d(logits.softmax(dim=1), cells)
        return mean.clamp_min(1e-8).log().permute(0, 2, 3, 1)

    def summary(self, output: list[Tensor]) -> Tensor:
        """Logarithms of the shares in whole patches, (B, K)."""
        return self.shares(output[-1], 1)[:, 0, 0]

    def loss(
        self,
        output: list[Tensor],
        target: Knowledge,
        weight: Tensor | None = None,
    ) -> Tensor:
        """Weighted mean of the label term over grids and stages, a scalar.

        Args:
            output (list[Tensor]): Of :meth:`forward`.
            target (Knowledge): Of the batch, with cells for grids above 1;
                cells weigh by their covered share within their patch.
            weight (Tensor, optional): Weight of each patch, (B, ).
        """
        total, used = target.fractions.new_zeros(()), 0.0
        for logits in output:
            finest = min(logits.shape[2:])
            for cells, factor in zip(
                self.grids, self.level_weights, strict=True
            ):
                if cells > finest:
                    continue
                fractions, share = self._cells(cells, target, weight)
                found = self.shares(logits, cells)
                total = total + factor * self.loss_module(
                    found.reshape(-1, self.num_classes),
                    fractions.reshape(-1, self.num_classes),
                    share,
                )
                used += factor
        return total / used

    def _cells(
        self, cells: int, target: Knowledge, weight: Tensor | None
    ) -> tuple[Tensor, Tensor | None]:
        """Fractions of cells, and the weight of each, flattened."""
        if cells == 1:
            return target.fractions, weight
        grid, grid_valid = target.grid, target.grid_valid
        if grid is None:
            raise ValueError(
                f'grids {self.grids} need `grid_fractions`; build the index '
                'with --grid'
            )
        if grid_valid is None:
            grid_valid = torch.ones_like(grid[..., 0])
        fractions, covered = gathered(grid, grid_valid, cells)
        mean = covered.mean(dim=(1, 2), keepdim=True)
        share = covered / torch.where(mean > 0, mean, torch.ones_like(mean))
        if weight is not None:
            share = share * weight[:, None, None]
        return fractions, share.reshape(-1)
