"""In-batch contrast: two views of the student against those of a batch."""

from typing import Any

import torch
from mmengine.model import BaseModule
from torch import Tensor
from torch.nn import functional as F

from geokr_mm.registry import MODELS

from ..gathering import gathered
from ..step import Step, at_least_float32, pooled
from .soft_contrast import (
    NEVER,
    check_targets,
    land_similarity,
    soft_contrast_loss,
)


def batch_contrast_loss(
    rows: Tensor,
    fractions: Tensor | None = None,
    temperature: float = 0.1,
    target_temperature: float = 0.1,
    own_share: float = 1.0,
) -> Tensor:
    """Cross-entropy of each view with the other one of its patch.

    NT-Xent of SimCLR (Chen et al., ICML 2020, equation 1) where ``own_share``
    is 1: each of 2B rows is compared with the 2B - 1 others. Else a part of
    each target is shared by patches of like land, see
    :func:`.soft_contrast_loss`.

    Args:
        rows (Tensor): Unit rows, all first views and then all second ones,
            (2B, D).
        fractions (Tensor, optional): Class fractions of the views, (2B, K);
            needed where ``own_share`` is below 1.
        temperature (float): Of the logits.
        target_temperature (float): Of the targets.
        own_share (float): Part of each target that is the own pair's alone.

    Returns:
        Tensor: The loss, a scalar.
    """
    count = len(rows)
    itself = torch.eye(count, dtype=torch.bool, device=rows.device)
    similarity = rows.new_zeros((count, count))
    if fractions is not None and own_share < 1:
        similarity = land_similarity(fractions, fractions).to(rows.dtype)
    return soft_contrast_loss(
        rows,
        rows,
        similarity.masked_fill(itself, NEVER),
        temperature,
        target_temperature,
        own_share,
        own=torch.arange(count, device=rows.device).roll(count // 2),
        logits_without=itself,
    )


@MODELS.register_module()
class BatchContrast(BaseModule):
    """SimCLR's contrast as one term beside the class fractions.

    Both views are the student's: the model needs ``student_views=2``. The
    projector is mmpretrain's ``NonLinearNeck``. Across ranks all of them are
    compared. See :func:`.batch_contrast_loss`.

    Args:
        in_channels (int): Channels of the features.
        hidden_channels (int): Width of the projector.
        out_channels (int): D, length of the rows.
        temperature (float): Of the logits. Defaults to 0.1.
        target_temperature (float): Of the targets.
        own_share (float): Part of each target that is the own pair's alone,
            in [0, 1]. Defaults to 1, which uses no map.
        after_neck (bool): Whether to contrast features after the neck, or
            those of the backbone.
        loss_weight (float): Factor of the loss.
        init_cfg (dict, optional): Initialisation.
    """

    needs = ('view_fractions',)

    def __init__(
        self,
        in_channels: int,
        hidden_channels: int = 512,
        out_channels: int = 128,
        temperature: float = 0.1,
        target_temperature: float = 0.1,
        own_share: float = 1.0,
        after_neck: bool = True,
        loss_weight: float = 1.0,
        init_cfg: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(init_cfg)
        check_targets(temperature, target_temperature, own_share)
        self.projector = MODELS.build(
            dict(
                type='NonLinearNeck',
                in_channels=in_channels,
                hid_channels=hidden_channels,
                out_channels=out_channels,
                with_avg_pool=False,
                norm_cfg=dict(type='BN1d'),
            )
        )
        self.temperature = temperature
        self.target_temperature = target_temperature
        self.own_share = own_share
        self.after_neck = after_neck
        self.loss_weight = loss_weight

    def forward(self, step: Step) -> Tensor:
        """The loss of a batch, a scalar.

        Raises:
            ValueError: If the student did not see two views.
        """
        views = (step.student, *step.others)
        if len(views) != 2:
            raise ValueError(
                f'BatchContrast compares two views of the student, not '
                f'{len(views)}; give the model student_views=2'
            )
        feats = [
            v.feats if self.after_neck else v.backbone_feats for v in views
        ]
        (rows,) = self.projector((torch.cat([pooled(f) for f in feats]),))
        rows = _of_all(F.normalize(at_least_float32(rows)))
        fractions = _of_all(step.knowledge.of_views(2).fractions)
        return self.loss_weight * batch_contrast_loss(
            rows,
            fractions,
            self.temperature,
            self.target_temperature,
            self.own_share,
        )


def _of_all(rows: Tensor) -> Tensor:
    """Rows of all ranks, again first views before second ones."""
    return torch.cat([gathered(view) for view in rows.chunk(2)])
