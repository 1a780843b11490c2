"""The geographic-knowledge head: features to class fractions."""

from collections.abc import Sequence
from typing import Any

from mmengine.model import BaseModule
from torch import Tensor, nn

from geokr_mm.registry import MODELS

from ..knowledge import Knowledge
from ..step import at_least_float32


@MODELS.register_module()
class GeographicKnowledgeHead(BaseModule):
    """Predicts the shares of land-cover classes in a patch.

    Global average pooling, then one linear layer (two with a ReLU between
    where ``hidden_channels`` is given), as in the published GeoKR network.
    The softmax belongs to the losses.

    Args:
        num_classes (int): K, the number of classes in the index's legend.
        in_channels (int): Channels of the last stage.
        hidden_channels (int, optional): Width of the hidden layer.
            Defaults to None, no hidden layer.
        loss (dict): The label term. Defaults to
            ``dict(type='geokr_mm.KnowledgeLoss')``.
        init_cfg (dict | list, optional): Initialisation. Defaults to a
            normal distribution of standard deviation 0.01 for linear layers;
            an empty list leaves them as torch initialises them.
    """

    def __init__(
        self,
        num_classes: int,
        in_channels: int,
        hidden_channels: int | None = None,
        loss: dict[str, Any] | None = None,
        init_cfg: dict[str, Any] | list[Any] | None = None,
    ) -> None:
        if init_cfg is None:
            init_cfg = dict(type='Normal', layer='Linear', std=0.01)
        super().__init__(init_cfg)
        self.num_classes = num_classes
        self.pool = nn.AdaptiveAvgPool2d(1)
        if hidden_channels is None:
            self.fc: nn.Module = nn.Linear(in_channels, num_classes)
        else:
            self.fc = nn.Sequential(
                nn.Linear(in_channels, hidden_channels),
                nn.ReLU(inplace=True),
                nn.Linear(hidden_channels, num_classes),
            )
        self.loss_module = MODELS.build(
            loss or dict(type='geokr_mm.KnowledgeLoss')
        )

    def forward(self, feats: Tensor | Sequence[Tensor]) -> Tensor:
        """Turn features into logits.

        Args:
            feats (Tensor | Sequence[Tensor]): Backbone output; of a sequence
                the last stage is used. A stage has shape (B, C, H, W) or,
                where the backbone pools by itself, (B, C).

        Returns:
            Tensor: Logits of shape (B, K).
        """
        x = feats if isinstance(feats, Tensor) else feats[-1]
        if x.dim() == 4:
            x = self.pool(x).flatten(1)
        return at_least_float32(self.fc(x))

    def summary(self, logits: Tensor) -> Tensor:
        """Logits of whole patches, (B, K): here the output itself."""
        return logits

    def loss(
        self,
        logits: Tensor,
        target: Knowledge,
        weight: Tensor | None = None,
    ) -> Tensor:
        """The label term, a scalar.

        Args:
            logits (Tensor): Student logits of shape (B, K).
            target (Knowledge): Of the batch.
            weight (Tensor, optional): Weight of each patch, shape (B, ).
        """
        return self.loss_module(logits, target.fractions, weight)
