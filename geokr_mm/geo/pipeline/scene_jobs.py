"""Jobs of a build: patches of one or several scenes, made into rows.

Scenes may be of any size: a large one is divided, small ones go together.
Whatever has to be made for each patch or scene is made by the worker.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..fusion.map_stack import MapFractions, MapStack
from ..scenes.radiometry import SceneStretch, Stretches
from ..scenes.scene import Scene, Window
from .patch_rows import JobRows, RowSettings, RowTable
from .zonal_query import ZonalQuery


@dataclass(frozen=True)
class ScenePart:
    """The patches ``start`` to ``stop`` of a scene.

    ``windows`` (N, 4) are theirs: column, row, width, height. ``shares`` of
    the whole scene are known to each map.
    """

    scene: Scene
    start: int
    stop: int
    windows: NDArray[np.int64]
    stretched: SceneStretch
    shares: tuple[float, ...]

    def __len__(self) -> int:
        return self.stop - self.start


@dataclass(frozen=True)
class SceneJob:
    """Patches of some scenes, and what each map holds under them.

    Size is that of a patch of the grid, in pixels.
    """

    parts: tuple[ScenePart, ...]
    fractions: tuple[MapFractions, ...]
    size: int
    settings: RowSettings

    def __len__(self) -> int:
        return sum(map(len, self.parts))

    @property
    def key(self) -> str:
        """Hash of which patches they are, and of their stretch."""
        digest = hashlib.sha256()
        for part in self.parts:
            name = f'{part.scene.name}\n{part.start} {part.stop}\n'
            digest.update(name.encode())
            digest.update(part.windows.tobytes())
            for limits in part.stretched:
                for values in limits:
                    digest.update(values.tobytes())
        return digest.hexdigest()


def run_scenes(maps: MapStack, job: SceneJob) -> JobRows:
    """Read, measure and describe some patches.

    Raises:
        UnusableFileError: A file cannot be read, where the settings do not
            set such patches aside.
    """
    table = RowTable(len(job.parts[0].scene.bands), job.settings)
    first = 0
    for part in job.parts:
        last = first + len(part)
        fractions = [
            (whole.part(first, last), cells.part(first, last))
            for whole, cells in job.fractions
        ]
        scene = part.scene
        # The map is chosen for the whole scene.
        pick = maps.select(part.shares, scene.date)
        side = scene.gsd() * job.size * scene.surroundings
        known = maps.fuse(fractions, pick, scene.date, side)
        windows = [Window(*window) for window in part.windows.tolist()]
        table.add(scene, windows, part.stretched, known)
        first = last
    return table.rows()


def make_jobs(
    scenes: Sequence[Scene],
    query: ZonalQuery,
    stretches: Stretches,
    settings: RowSettings,
    most: int,
) -> Iterator[SceneJob]:
    """All jobs, in the order of the rows."""
    parts: list[ScenePart] = []
    ranges: list[list[int]] = []

    def job() -> SceneJob:
        return SceneJob(
            tuple(parts),
            query.fractions(np.array(ranges, np.int64)),
            query.grids.size,
            settings,
        )

    for first, part in _scene_parts(scenes, query, stretches, most):
        if parts and sum(map(len, parts)) + len(part) > most:
            yield job()
            parts, ranges = [], []
        parts.append(part)
        ranges.append([first + part.start, first + part.stop])
    if parts:
        yield job()


def _scene_parts(
    scenes: Sequence[Scene],
    query: ZonalQuery,
    stretches: Stretches,
    most: int,
) -> Iterator[tuple[int, ScenePart]]:
    """First patch of each scene, and its patches, ``most`` at a time."""
    for number, scene in enumerate(scenes):
        first, last = query.grids.span(number)
        if first == last or scene.name not in stretches.scenes:
            continue
        shares = query.known_shares(number)
        for start in range(0, last - first, most):
            stop = min(start + most, last - first)
            part = ScenePart(
                scene=scene,
                start=start,
                stop=stop,
                windows=query.grids.windows(
                    np.arange(first + start, first + stop)
                ),
                stretched=stretches.scenes[scene.name],
                shares=shares,
            )
            yield first, part
