"""The label term of GeoKR: predicted against mapped class fractions."""

from typing import Literal

import torch
from torch import Tensor, nn

from geokr_mm.registry import MODELS

Scaling = Literal['sample', 'released']
LabelForm = Literal['cross_entropy', 'l1']


def knowledge_loss(
    logits: Tensor,
    fractions: Tensor,
    weight: Tensor | None = None,
    scaling: Scaling = 'sample',
    form: LabelForm = 'cross_entropy',
) -> Tensor:
    """Distance of predicted class fractions from mapped ones.

    With ``p = softmax(logits)`` and mapped fractions ``y``, ``form`` is::

        'cross_entropy'  L = 1/B * sum_b w_b * sum_k -y_bk log p_bk
        'l1'             L = 1/B * sum_b w_b * sum_k |p_bk - y_bk|

    The first is KL(y || p) up to the entropy of ``y``, a constant. The
    published code (``GeoKR/losses/mean_teacher_losses.py``) averages over
    classes as well, a factor of 1/K: ``scaling='released'``. The second is
    that of AgriFM (Li et al., RSE 2026, arXiv 2505.21357). A row of zeros, a
    patch that holds dropped classes only, adds nothing.

    Args:
        logits (Tensor): Student logits of shape (B, K).
        fractions (Tensor): Mapped class fractions in [0, 1], shape (B, K).
        weight (Tensor, optional): Weight of each patch, shape (B, ).
            Defaults to None, all ones.
        scaling (str): ``'sample'`` divides by B, ``'released'`` by B * K.
        form (str): ``'cross_entropy'`` or ``'l1'``.

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
    if form == 'l1':
        mapped = fractions.sum(dim=1, keepdim=True) > 0
        terms = (torch.softmax(logits, dim=1) - fractions).abs() * mapped
    else:
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
        form (str): ``'cross_entropy'`` or ``'l1'``.
    """

    def __init__(
        self,
        scaling: Scaling = 'sample',
        loss_weight: float = 1.0,
        form: LabelForm = 'cross_entropy',
    ) -> None:
        super().__init__()
        if scaling not in ('sample', 'released'):
            raise ValueError(
                f"scaling must be 'sample' or 'released', got {scaling!r}"
            )
        if form not in ('cross_entropy', 'l1'):
            raise ValueError(
                f"form must be 'cross_entropy' or 'l1', got {form!r}"
            )
        self.scaling: Scaling = scaling
        self.loss_weight = loss_weight
        self.form: LabelForm = form

    def forward(
        self, logits: Tensor, fractions: Tensor, weight: Tensor | None = None
    ) -> Tensor:
        """See :func:`knowledge_loss`."""
        return self.loss_weight * knowledge_loss(
            logits, fractions, weight, self.scaling, self.form
        )
