"""A feature pyramid whose weights mmseg and mmdet necks can load."""

from collections.abc import Sequence
from typing import Any

from mmcv.cnn import ConvModule
from mmengine.model import BaseModule
from torch import Tensor, nn
from torch.nn import functional as F

from geokr_mm.registry import MODELS


@MODELS.register_module()
class KnowledgeFPN(BaseModule):
    """Top-down pathway with lateral connections (Lin et al., CVPR 2017).

    Parameters have the names of ``mmdet.FPN`` and ``mmseg.FPN``, so that a
    pre-trained pyramid goes on there; those libraries themselves are not
    needed to pre-train.

    Args:
        in_channels (Sequence[int]): Channels of the backbone's stages.
        out_channels (int): Channels of all outputs.
        init_cfg (dict, optional): Initialisation. Defaults to Xavier.
    """

    reads_all_stages = True

    def __init__(
        self,
        in_channels: Sequence[int],
        out_channels: int = 128,
        init_cfg: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(
            init_cfg
            or dict(type='Xavier', layer='Conv2d', distribution='uniform')
        )
        self.lateral_convs = nn.ModuleList(
            ConvModule(c, out_channels, 1, act_cfg=None) for c in in_channels
        )
        self.fpn_convs = nn.ModuleList(
            ConvModule(out_channels, out_channels, 3, padding=1, act_cfg=None)
            for _ in in_channels
        )

    def forward(self, feats: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """Add coarse stages to the finer ones.

        Args:
            feats (Sequence[Tensor]): Maps (B, C_i, H_i, W_i), finest first.

        Returns:
            tuple[Tensor]: Maps (B, out_channels, H_i, W_i).
        """
        laterals = [
            conv(x) for conv, x in zip(self.lateral_convs, feats, strict=True)
        ]
        for i in range(len(laterals) - 1, 0, -1):
            laterals[i - 1] = laterals[i - 1] + F.interpolate(
                laterals[i], size=laterals[i - 1].shape[2:], mode='nearest'
            )
        return tuple(
            conv(x) for conv, x in zip(self.fpn_convs, laterals, strict=True)
        )
