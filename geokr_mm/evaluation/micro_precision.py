"""Average precision over all pairs of image and class."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from mmengine.evaluator import BaseMetric

from geokr_mm.registry import METRICS


@METRICS.register_module()
class MicroAveragePrecision(BaseMetric):
    """Precision over recall of all decisions at once, in percent.

    What peers report for BigEarthNet: frequent classes count more than in
    mmpretrain's ``AveragePrecision``, the mean over classes.

    Args:
        collect_device (str): Where results meet in distributed runs.
            Defaults to 'cpu'.
        prefix (str, optional): Put before the name. Defaults to None, which
            stands for ``'multi-label'``.
    """

    default_prefix = 'multi-label'

    def __init__(
        self, collect_device: str = 'cpu', prefix: str | None = None
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)

    def process(
        self, data_batch: Any, data_samples: Sequence[dict[str, Any]]
    ) -> None:
        """Keep scores and labels of a batch."""
        for sample in data_samples:
            scores = sample['pred_score'].cpu().numpy()
            true = np.zeros(len(scores), bool)
            true[sample['gt_label'].cpu().numpy()] = True
            self.results.append((scores, true))

    def compute_metrics(self, results: list[Any]) -> dict[str, float]:
        """``micro_mAP`` of all images."""
        from sklearn.metrics import average_precision_score

        scores, true = (np.stack(part) for part in zip(*results, strict=True))
        score = average_precision_score(true, scores, average='micro')
        return dict(micro_mAP=100 * float(score))
