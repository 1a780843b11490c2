"""Rows of an index as a dataset lists them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


class Rows(Sequence[dict[str, int]]):
    """In the place of mmengine's list: key ``row`` of each of a million."""

    def __init__(self, rows: NDArray[np.int64]) -> None:
        self.rows = rows

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, which: Any) -> Any:
        if isinstance(which, slice):
            return Rows(self.rows[which])
        return dict(row=int(self.rows[which]))
