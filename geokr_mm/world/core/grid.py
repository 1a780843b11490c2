"""Where a window samples the ground, in a place's own metres."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

U8 = npt.NDArray[np.uint8]
F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Grid:
    """Sample points in rows and columns aligned with east and north.

    Args:
        xs (F64): East of the place's centre, (w,), metres.
        ys (F64): North of it, (h,), metres.
        step (float): Distance between samples, metres; detail finer than
            this is left out.
    """

    xs: F64
    ys: F64
    step: float

    @classmethod
    def window(
        cls, left: float, top: float, step: float, height: int, width: int
    ) -> 'Grid':
        """Pixel centres of a north-up window; edges and step in metres."""
        xs = left + (np.arange(width, dtype=np.float64) + 0.5) * step
        ys = top - (np.arange(height, dtype=np.float64) + 0.5) * step
        return cls(xs, ys, step)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return len(self.ys), len(self.xs)

    @cached_property
    def x(self) -> F32:
        """East of every sample, (h, w), metres."""
        wide = np.broadcast_to(self.xs.astype(np.float32), self.shape)
        return np.ascontiguousarray(wide)

    @cached_property
    def y(self) -> F32:
        """North of every sample, (h, w), metres."""
        ys = self.ys[:, None].astype(np.float32)
        wide = np.broadcast_to(ys, self.shape)
        return np.ascontiguousarray(wide)
