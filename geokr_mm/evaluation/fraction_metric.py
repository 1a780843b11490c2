"""How well a network reads class fractions on held-out places."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from mmengine.evaluator import BaseMetric
from numpy.typing import NDArray

from geokr_mm.registry import METRICS


def fraction_errors(
    predicted: NDArray[Any], target: NDArray[Any]
) -> dict[str, float]:
    """Mean distance of predicted and mapped class fractions.

    Args:
        predicted (np.ndarray): Fractions of shape (N, K), rows sum to 1.
        target (np.ndarray): Fractions of shape (N, K), rows sum to 1.

    Returns:
        dict[str, float]: ``tv``, half the L1 distance, in [0, 1]; ``kl``,
        KL(target || predicted) in nats; ``top1``, the share of patches whose
        largest class agrees, in percent.
    """
    predicted = predicted.astype(np.float64)
    target = target.astype(np.float64)
    ratio = np.log(np.maximum(target, 1e-12) / np.maximum(predicted, 1e-12))
    return dict(
        tv=float(0.5 * np.abs(predicted - target).sum(axis=1).mean()),
        kl=float((target * ratio).sum(axis=1).mean()),
        top1=float(
            100 * (predicted.argmax(axis=1) == target.argmax(axis=1)).mean()
        ),
    )


@METRICS.register_module()
class FractionMetric(BaseMetric):
    """Reports :func:`fraction_errors` of student and teacher.

    ``constant_tv`` is that of the mean fractions, predicted for every patch.

    Args:
        collect_device (str): Where results meet in distributed runs.
            Defaults to 'cpu'.
        prefix (str, optional): Put before the names. Defaults to None,
            which stands for ``'fractions'``.
    """

    default_prefix = 'fractions'

    def __init__(
        self, collect_device: str = 'cpu', prefix: str | None = None
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)

    def process(
        self, data_batch: Any, data_samples: Sequence[dict[str, Any]]
    ) -> None:
        """Keep the fractions of one batch.

        Args:
            data_batch (Any): Not used.
            data_samples (Sequence[dict]): Output of ``GeoKR.predict``.
        """
        for sample in data_samples:
            row = dict(target=sample['class_fractions'].cpu().numpy())
            for branch in ('student', 'teacher'):
                if f'{branch}_fractions' in sample:
                    row[branch] = sample[f'{branch}_fractions'].cpu().numpy()
            self.results.append(row)

    def compute_metrics(
        self, results: list[dict[str, Any]]
    ) -> dict[str, float]:
        """Reduce all rows.

        Args:
            results (list[dict]): Rows of :meth:`process`.

        Returns:
            dict[str, float]: ``student_tv``, ``teacher_tv`` and so on,
            under the prefix once the evaluator has them.
        """
        target = np.stack([row['target'] for row in results])
        constant = np.broadcast_to(target.mean(axis=0), target.shape)
        metrics = dict(constant_tv=fraction_errors(constant, target)['tv'])
        for branch in ('student', 'teacher'):
            if branch in results[0]:
                predicted = np.stack([row[branch] for row in results])
                for name, value in fraction_errors(predicted, target).items():
                    metrics[f'{branch}_{name}'] = value
        return metrics
