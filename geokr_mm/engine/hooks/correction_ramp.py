"""Lets the teacher term come in slowly."""

import math
from typing import Any, Literal

from mmengine.hooks import Hook
from mmengine.runner import Runner

from geokr_mm.engine.model import unwrapped
from geokr_mm.registry import HOOKS


def ramp(progress: float, shape: str = 'linear') -> float:
    """Weight of the teacher term during the ramp.

    ``'linear'`` is the progress itself; ``'sigmoid'`` is
    ``exp(-5 (1 - progress)^2)`` of Laine and Aila, "Temporal Ensembling for
    Semi-Supervised Learning", ICLR 2017, arXiv 1610.02242.

    Args:
        progress (float): Share of the ramp that is over; clipped to [0, 1].
        shape (str): ``'linear'`` or ``'sigmoid'``. Defaults to 'linear'.

    Returns:
        float: Weight in [0, 1].
    """
    progress = min(max(progress, 0.0), 1.0)
    if shape == 'linear':
        return progress
    return math.exp(-5.0 * (1.0 - progress) ** 2)


@HOOKS.register_module()
class CorrectionRampHook(Hook):
    """Scales the teacher term from nothing to full over part of the run.

    The scale is a function of the iteration, so a resumed run has the same.

    Args:
        share (float): Part of the run's iterations that the ramp takes, in
            (0, 1]. Defaults to 0.5.
        shape (str): See :func:`ramp`. Defaults to 'linear'.
    """

    def __init__(
        self,
        share: float = 0.5,
        shape: Literal['linear', 'sigmoid'] = 'linear',
    ) -> None:
        if not 0 < share <= 1:
            raise ValueError(f'share must be in (0, 1], got {share}')
        if shape not in ('linear', 'sigmoid'):
            raise ValueError(
                f"shape must be 'linear' or 'sigmoid', got {shape!r}"
            )
        self.share = share
        self.shape = shape

    def before_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: dict[str, Any] | None = None,
    ) -> None:
        """Set the scale for the coming iteration."""
        model = unwrapped(runner)
        length = max(1.0, self.share * runner.max_iters)
        model.correction_scale = ramp(runner.iter / length, self.shape)
