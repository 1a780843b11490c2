"""Patches of one or several scenes as rows of an index, made by one job.

Scenes may be of any size: a large one is divided, small ones go together.
Whatever has to be made for each patch or scene is made here, by the worker.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from ..fusion.map_stack import MapFractions, MapStack
from ..fusion.patch_labels import PatchLabels
from ..index.schema import store_path
from ..scenes.patch_grids import grid_windows
from ..scenes.radiometry import Pair
from ..scenes.scene import Scene
from .patch_rows import Job, Rows, RowTable


@dataclass(frozen=True)
class ScenePart:
    """Some patches of a scene, counted row by row.

    Attributes:
        scene (Scene): The scene.
        columns (int): Patches side by side in it.
        start, stop (int): First patch, and the one after the last.
        pair, fixed (Pair): The scene's stretch, see :class:`.table.Job`.
        shares (tuple[float, ...]): Share of the whole scene that each map
            knows.
    """

    scene: Scene
    columns: int
    start: int
    stop: int
    pair: Pair
    fixed: Pair
    shares: tuple[float, ...]

    def __len__(self) -> int:
        return self.stop - self.start


@dataclass(frozen=True)
class SceneBatch:
    """Patches of some scenes with what the land cover says about them.

    Attributes:
        parts (tuple[ScenePart, ...]): The patches.
        said (tuple): Answers of each map about all of them, in order.
        size, stride (int): Pixels along a patch, and from patch to patch.
        base (str | None): Folder that stored paths are relative to.
        filters (mapping): Name to parameters.
        shared (bool): Whether all rows of the index have the same stretch.
        set_aside (bool): Patches that cannot be read are listed, not fatal.
    """

    parts: tuple[ScenePart, ...]
    said: tuple[MapFractions, ...]
    size: int
    stride: int
    base: str | None
    filters: Mapping[str, Mapping[str, float]]
    shared: bool
    set_aside: bool

    def __len__(self) -> int:
        return sum(map(len, self.parts))

    @property
    def key(self) -> str:
        """Hash of which patches they are, and of their stretch."""
        digest = hashlib.sha256()
        for part in self.parts:
            name = f'{part.scene.name}\n{part.start} {part.stop}\n'
            digest.update(name.encode())
            for values in (*part.pair, *part.fixed):
                digest.update(values.tobytes())
        return digest.hexdigest()


def run_scenes(map_stack: MapStack, batch: SceneBatch) -> Rows:
    """Read, measure and describe some patches.

    Args:
        map_stack (MapStack): Judges what its maps said.
        batch (SceneBatch): What to do.

    Raises:
        UnusableFileError: A file cannot be read, where the batch does not
            set such patches aside.
    """
    table = RowTable(len(batch.parts[0].scene.bands))
    first = 0
    for part in batch.parts:
        last = first + len(part)
        said = tuple(
            (whole.part(first, last), cells.part(first, last))
            for whole, cells in batch.said
        )
        scene = part.scene
        table.add(
            Job(
                scene=scene,
                windows=grid_windows(
                    part.columns,
                    batch.size,
                    batch.stride,
                    part.start,
                    part.stop,
                ),
                pair=part.pair,
                fixed=part.fixed,
                shared=batch.shared,
                known=_judged(map_stack, part, said, batch.size),
                files=tuple(store_path(f, batch.base) for f in scene.files),
                filters=batch.filters,
                set_aside=batch.set_aside,
            )
        )
        first = last
    return table.rows()


def _judged(
    map_stack: MapStack,
    part: ScenePart,
    said: tuple[MapFractions, ...],
    size: int,
) -> PatchLabels:
    """What all maps together say; the map is chosen for the whole scene."""
    scene = part.scene
    pick = map_stack.select(part.shares, scene.date)
    return map_stack.fuse(said, pick, scene.date, scene.gsd() * size)
