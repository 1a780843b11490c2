"""Random square windows at several scales, beside the grid of patches."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .scene import Scene


def random_windows(
    scenes: Sequence[Scene],
    size: int,
    count: int,
    scales: tuple[float, float],
    seed: int,
) -> NDArray[np.int64]:
    """Windows drawn evenly over the pixels of all scenes.

    The same scenes, numbers and seed give the same windows.

    Args:
        scenes (sequence of Scene): S scenes.
        size (int): Pixels along a patch of the grid.
        count (int): N, of all scenes together.
        scales (tuple[float, float]): Least and largest side of a window over
            ``size``; even on a logarithmic scale, and never more than the
            scene has.
        seed (int): Of the draw.

    Returns:
        int64 array (N, 4): Number of the scene, in order; column, row and
        side in pixels.
    """
    rng = np.random.default_rng(seed)
    shape = np.array([[s.width, s.height] for s in scenes], np.int64)
    pixels = shape.prod(axis=1)
    owner = np.sort(rng.choice(len(scenes), count, p=pixels / pixels.sum()))
    low, high = np.log(scales).tolist()
    scale = np.exp(rng.uniform(low, high, count))
    side = np.rint(size * scale).astype(np.int64)
    side = np.clip(side, 1, shape[owner].min(axis=1))
    room = shape[owner] - side[:, None] + 1
    start = (rng.random((count, 2)) * room).astype(np.int64)
    return np.column_stack([owner, start, side])
