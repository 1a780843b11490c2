"""The hard label that fractions are compared with."""

from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform

from geokr_mm.registry import TRANSFORMS


@TRANSFORMS.register_module()
class DominantClass(BaseTransform):
    """Leaves of the class fractions only which is largest.

    With this before packing, the label term is the cross-entropy of plain
    classification. A patch of which nothing is known stays so; of two classes
    with equal shares the first is taken.

    Required and Modified Keys:
        - class_fractions (np.ndarray): (K, ).

    Modified where they are there:
        - grid_fractions (np.ndarray): (g, g, K).
        - view_fractions (np.ndarray): (V, K).
    """

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Replace fractions by zeros and ones.

        Args:
            results (dict): Holds ``class_fractions``.

        Returns:
            dict: The results with the keys above changed.
        """
        for key in ('class_fractions', 'grid_fractions', 'view_fractions'):
            if key in results:
                shares = np.asarray(results[key])
                largest = np.eye(shares.shape[-1])[shares.argmax(axis=-1)]
                known = shares.sum(axis=-1, keepdims=True) > 0
                results[key] = (largest * known).astype(np.float32)
        return results

    def __repr__(self) -> str:
        return f'{self.__class__.__name__}()'
