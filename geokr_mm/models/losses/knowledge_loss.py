"""The label term of GeoKR: predicted against mapped class fractions."""

from typing import Literal

import torch
from torch import Tensor, nn

from geokr_mm.registry import MODELS

Scaling = Literal['sample', 'released']


def knowledge_loss(
    logits: Tensor,
    fractions: Tensor,
    weight: Tensor | None = None,
    scaling: Scaling = 'sample',
) -> Tensor:
    """Cross-entropy of predicted class fractions with mapped ones.

    With ``p = softmax(logits)`` and mapped fractions ``y``::

        L = 1/B * sum_b w_b * sum_k -y_bk log p_bk

    which is KL(y || p) up to the entropy of ``y``, a constant. The published
    code (``GeoKR/losses/mean_teacher_losses.py``) averages over classes as
    well, a factor of 1/K: ``scaling='released'``. A row of zeros, a patch
    that holds dropped classes only, adds nothing.

    Args:
        logits (Tensor): Student logits of shape (B, K).
        fractions (Tensor): Mapped class fractions in [0, 1], shape (B, K).
        weight (Tensor, optional): Weight of each patch, shape (B, ).
            Defaults to None, all ones.
        scaling (str): ``'sample'`` divides by B, ``'released'`` by B * K.

    Returns:
        Tensor: The loss, a scalar.

    Raises:
        ValueError: If logits and fractions differ in shape.
    """
    if logits.shape != fractions.shape:
        raise ValueError(
            f'logits {tuple(logits.shape)} and class fractions '
            f"{tuple(fractions.shape)} differ: the head's num_classes must "
            'be the number of classes in the index'
        )
    terms = -(fractions * torch.log_softmax(logits, dim=1))
    if scaling == 'released':
        per_patch = terms.mean(dim=1)
    else:
        per_patch = terms.sum(dim=1)
    if weight is not None:
        per_patch = per_patch * weight
    return per_patch.mean()


@MODELS.register_module()
class KnowledgeLoss(nn.Module):
    """Module form of :func:`knowledge_loss`.

    Args:
        scaling (str): ``'sample'`` or ``'released'``.
        loss_weight (float): Factor of the loss.
    """

    def __init__(
        self, scaling: Scaling = 'sample', loss_weight: float = 1.0
    ) -> None:
        super().__init__()
        if scaling not in ('sample', 'released'):
            raise ValueError(
                f"scaling must be 'sample' or 'released', got {scaling!r}"
            )
        self.scaling: Scaling = scaling
        self.loss_weight = loss_weight

    def forward(
        self, logits: Tensor, fractions: Tensor, weight: Tensor | None = None
    ) -> Tensor:
        """See :func:`knowledge_loss`."""
        return self.loss_weight * knowledge_loss(
            logits, fractions, weight, self.scaling
        )
