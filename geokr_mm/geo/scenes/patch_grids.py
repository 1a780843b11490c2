"""Where the patches of a build lie, in a few numbers for each scene."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.crs import transformer
from .patch import widened
from .scene import Scene

# Patches that are looked at together.
SLICE = 262144


@dataclass(frozen=True)
class PatchGrids:
    """The patches of all scenes, numbered scene by scene, row by row.

    Random windows of a scene come after its grid. Windows and corners are
    made from it where they are needed: a list of either for all patches would
    outgrow any memory.

    Attributes:
        size, stride (int): Pixels along a patch, and from patch to patch.
        crs (tuple[str, ...]): Every CRS of the scenes once.
        crs_number (int32 array (S,)): Which of them is each scene's.
        transforms (float64 array (S, 6)): Pixel to ground, ``a`` to ``f``.
        columns (int32 array (S,)): Patches side by side in each scene.
        even (int64 array (S,)): Patches of each scene's grid.
        extra (int64 array (N, 4)): As :func:`.random_windows` gives them.
        extra_starts (int64 array (S,)): First of them of each scene.
        starts (int64 array (S + 1,)): First patch of each scene, and the
            number of patches.
        surroundings (float64 array (S,)): As in :class:`.scene.Scene`.
    """

    size: int
    stride: int
    crs: tuple[str, ...]
    crs_number: NDArray[np.int32]
    transforms: NDArray[np.float64]
    columns: NDArray[np.int32]
    even: NDArray[np.int64]
    extra: NDArray[np.int64]
    extra_starts: NDArray[np.int64]
    starts: NDArray[np.int64]
    surroundings: NDArray[np.float64]

    @classmethod
    def of(
        cls,
        scenes: Sequence[Scene],
        size: int,
        stride: int,
        extra: NDArray[np.int64] | None = None,
    ) -> 'PatchGrids':
        """The grids of full patches; what does not fill one is left out.

        Args:
            extra (int64 array (N, 4)): Windows beside the grids, see
                :func:`.random_windows`.
        """
        if extra is None:
            extra = np.empty((0, 4), np.int64)
        more = np.bincount(extra[:, 0], minlength=len(scenes))
        crs = list(dict.fromkeys(scene.crs for scene in scenes))
        numbers = {text: number for number, text in enumerate(crs)}
        counts = [scene.patch_counts(size, stride) for scene in scenes]
        columns, rows = np.array(counts, np.int64).reshape(-1, 2).T
        transforms = [s.transform[:6] for s in scenes]
        return cls(
            size=size,
            stride=stride,
            crs=tuple(crs),
            crs_number=np.array([numbers[s.crs] for s in scenes], np.int32),
            transforms=np.array(transforms, np.float64).reshape(-1, 6),
            columns=columns.astype(np.int32),
            even=columns * rows,
            extra=extra,
            extra_starts=np.cumsum(more) - more,
            starts=np.concatenate([[0], np.cumsum(columns * rows + more)]),
            surroundings=np.array([s.surroundings for s in scenes]),
        )

    def __len__(self) -> int:
        """Number of patches."""
        return int(self.starts[-1])

    def span(self, scene: int) -> tuple[int, int]:
        """First patch of a scene, and the one after its last."""
        first, last = self.starts[scene : scene + 2].tolist()
        return first, last

    def owner(self, patches: Any) -> Any:
        """Number of the scene of each patch."""
        return np.searchsorted(self.starts, patches, side='right') - 1

    def of_crs(self, crs: int) -> Iterator[NDArray[np.int64]]:
        """Patches of all scenes that share a CRS, in order, some at a time."""
        scenes = np.flatnonzero(self.crs_number == crs)
        firsts = self.starts[scenes]
        ends = np.cumsum(self.starts[scenes + 1] - firsts)
        total = int(ends[-1]) if len(ends) else 0
        # A patch's number less its place among those of the CRS.
        ahead = firsts - np.append(0, ends[:-1])
        for start in range(0, total, SLICE):
            place = np.arange(start, min(start + SLICE, total))
            yield place + ahead[np.searchsorted(ends, place, side='right')]

    def windows(self, patches: NDArray[np.int64]) -> NDArray[np.int64]:
        """Column, row, width and height in pixels, int64 array (N, 4)."""
        owner = self.owner(patches)
        place = patches - self.starts[owner]
        row, column = np.divmod(place, np.maximum(self.columns[owner], 1))
        side = np.full_like(place, self.size)
        found = np.stack(
            [column * self.stride, row * self.stride, side, side], axis=1
        )
        beside = place - self.even[owner]
        some = beside >= 0
        taken = self.extra_starts[owner[some]] + beside[some]
        found[some] = self.extra[taken][:, [1, 2, 3, 3]]
        return found

    def corners(self, patches: NDArray[np.int64]) -> NDArray[np.float64]:
        """Corners (N, 4, 2) of their footprints, each in its scene's CRS."""
        owner = self.owner(patches)
        column, row, side, _ = self.windows(patches).T[..., None]
        x = column + side * np.array([0, 1, 1, 0])
        y = row + side * np.array([0, 0, 1, 1])
        a, b, c, d, e, f = self.transforms[owner].T[..., None]
        ground = np.stack([a * x + b * y + c, d * x + e * y + f], axis=2)
        return widened(ground, self.surroundings[owner][:, None, None])

    def centres(
        self, patches: NDArray[np.int64], crs: int
    ) -> NDArray[np.float64]:
        """Longitude and latitude of the centres of some patches, (N, 2)."""
        middle = self.corners(patches).mean(axis=1)
        move = transformer(self.crs[crs], 'EPSG:4326')
        return np.stack(move.transform(*middle.T), axis=1)

    def extent(self) -> tuple[float, float, float, float]:
        """West, south, east and north of all centres."""
        boxes = [
            [*centres.min(axis=0), *centres.max(axis=0)]
            for crs in range(len(self.crs))
            for some in self.of_crs(crs)
            for centres in [self.centres(some, crs)]
        ]
        west, south = np.min(boxes, axis=0)[:2].tolist()
        east, north = np.max(boxes, axis=0)[2:].tolist()
        return west, south, east, north
