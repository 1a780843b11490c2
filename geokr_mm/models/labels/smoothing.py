"""Prior-aware label smoothing."""

from dataclasses import replace

import torch
from torch import Tensor, nn

from geokr_mm.registry import MODELS

from ..knowledge import Knowledge
from ..step import Step


@MODELS.register_module()
class PriorSmoothing(nn.Module):
    """Mixes labels with how common classes are, and with all alike.

    ``y' = (1 - a - b) y + a prior + b / K``, as in the code of CromSS (Liu et
    al., arXiv 2405.01217), whose prior is that of the place and season; here
    it is the running mean of the labels seen.

    Args:
        num_classes (int): K.
        prior (float): a. Defaults to 0.15.
        uniform (float): b. Defaults to 0.05.
        momentum (float): Share of the running mean that a batch keeps.
            Defaults to 0.99.
    """

    mean: Tensor

    def __init__(
        self,
        num_classes: int,
        prior: float = 0.15,
        uniform: float = 0.05,
        momentum: float = 0.99,
    ) -> None:
        super().__init__()
        if prior < 0 or uniform < 0 or prior + uniform >= 1:
            raise ValueError(
                'prior and uniform must not be negative and sum to less '
                f'than 1, got {prior} and {uniform}'
            )
        self.num_classes = num_classes
        self.prior = prior
        self.uniform = uniform
        self.momentum = momentum
        self.register_buffer(
            'mean', torch.full((num_classes,), 1.0 / num_classes)
        )

    def forward(self, step: Step) -> tuple[Knowledge, dict[str, Tensor]]:
        """Smooth the labels of a batch.

        Args:
            step (Step): Of training.

        Returns:
            tuple: Knowledge with smoothed fractions; no losses.
        """
        labels = step.knowledge.fractions
        known = labels.sum(dim=1, keepdim=True) > 0
        if self.training and known.any():
            batch = labels[known[:, 0]].mean(dim=0)
            self.mean.lerp_(batch.to(self.mean), 1.0 - self.momentum)
        mixed = (
            (1.0 - self.prior - self.uniform) * labels
            + self.prior * self.mean
            + self.uniform / labels.shape[1]
        )
        return replace(step.knowledge, fractions=mixed * known), {}
