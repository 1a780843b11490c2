"""One block of a scene: what the network reads, and the map beside it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..geo.cover.block_cache import Block
from ..geo.cover.cells import Blend, CellGrid, Span, gathered
from ..geo.index.statistics import entropies
from ..geo.landcover.landcover import LandCover
from ..geo.scenes.scene import Scene, Window
from .network import Network, network_of
from .radiometry import Radiometry

# Share of a cell that must hold pixels, and have a class on the map.
LEAST = 0.5
# Fractions are kept in thousandths.
DIGITS = 3
Array = NDArray[np.float32]


@dataclass(frozen=True)
class View:
    """A scene as a network sees it."""

    scene: Scene
    grid: CellGrid
    radiometry: Radiometry


@dataclass(frozen=True)
class Task:
    """What all blocks share.

    Attributes:
        checkpoint, branch, device: See :func:`.network.network_of`.
        batch (int): Windows at a time.
        views (tuple[View, ...]): All scenes.
        cover (LandCover | None): Product to compare with.
    """

    checkpoint: str
    branch: str | None
    device: str
    batch: int
    views: tuple[View, ...]
    cover: LandCover | None = None


def read_block(task: Task, scene: int, block: int) -> Block:
    """Class fractions of a block's cells and how sure they are.

    Returns:
        dict: ``fractions`` (h, w, K), ``entropy`` (h, w) and, where the
        checkpoint has both networks, ``student_teacher`` (h, w), the total
        variation between them; NaN where the scene is empty. With a product
        also, in cells of comparison, ``disagreement`` (H, W), NaN where one
        of the two has nothing, and ``map`` and ``network`` (H, W, K).
    """
    network = network_of(task.checkpoint, task.branch, task.device)
    view = task.views[scene]
    span = view.grid.blocks[block]
    means, shown = _read(network, view, span, task.batch)
    fractions = means[network.branches[0]]
    found = {'fractions': fractions, 'entropy': _entropy(fractions)}
    if len(network.branches) > 1:
        gap = np.abs(fractions - means[network.branches[1]]).sum(-1) / 2
        found['student_teacher'] = gap
    for name, values in found.items():
        empty = shown < LEAST
        values = np.asarray(values, np.float32).round(DIGITS)
        values[empty] = np.nan
        found[name] = values
    if task.cover is not None:
        read, share = gathered(found['fractions'], shown, view.grid.coarse)
        found.update(_compared(network, view, span, read, share, task.cover))
    return found


def _read(
    network: Network, view: View, span: Span, batch: int
) -> tuple[dict[str, Array], Array]:
    """Means of all windows over the cells, and the share that holds pixels."""
    grid = view.grid
    pixels, valid, around = _pixels(view, span)
    classes = len(network.classes)
    blends = {b: Blend(grid, span, classes) for b in network.branches}
    corners, images = [], []
    for row, col in grid.corners(span):
        y, x = ((row - around.row) * grid.cell, (col - around.col) * grid.cell)
        at = slice(y, y + grid.window), slice(x, x + grid.window)
        if valid[at].any():
            corners.append((row, col))
            images.append(pixels[:, at[0], at[1]])
    for start in range(0, len(corners), batch):
        some = slice(start, start + batch)
        for branch, values in network.read(np.stack(images[some])).items():
            for place, shares in zip(corners[some], values, strict=True):
                blends[branch].add(*place, shares)
    top = (span.row - around.row) * grid.cell
    left = (span.col - around.col) * grid.cell
    rows, cols = span.shape
    own = valid[
        top : top + rows * grid.cell, left : left + cols * grid.cell
    ].reshape(rows, grid.cell, cols, grid.cell)
    shown = own.mean(axis=(1, 3), dtype=np.float32)
    return {b: blend.mean() for b, blend in blends.items()}, shown


def _pixels(view: View, span: Span) -> tuple[Array, NDArray[np.bool_], Span]:
    """What the network sees around a block, and which pixels hold data.

    Beyond the scene its pixels are mirrored, and hold no data.
    """
    grid, scene = view.grid, view.scene
    around = grid.around(span)
    left, top = around.col * grid.cell, around.row * grid.cell
    size = [side * grid.cell for side in around.shape]
    inside = (
        min(size[0], scene.height - top),
        min(size[1], scene.width - left),
    )
    stored, valid = scene.read_masked(Window(left, top, inside[1], inside[0]))
    pixels = view.radiometry.apply(stored, valid)
    if valid is not None:
        there = valid.all(axis=0)
    elif scene.masked:
        there = np.ones(inside, np.bool_)
    else:
        # As in the statistics of an index: most products are filled with 0.
        there = (stored != 0).any(axis=0)
    beyond = [(0, size[n] - inside[n]) for n in range(2)]
    return (
        np.pad(pixels, [(0, 0), *beyond], 'symmetric'),
        np.pad(there, beyond),
        around,
    )


def _entropy(fractions: Array) -> Array:
    flat = fractions.reshape(-1, fractions.shape[-1])
    values = entropies(np.nan_to_num(flat)).reshape(fractions.shape[:2])
    return values.astype(np.float32)


def _compared(
    network: Network,
    view: View,
    span: Span,
    read: Array,
    share: Array,
    cover: LandCover,
) -> Block:
    """Map and network in the cells of comparison of a block."""
    grid, scene = view.grid, view.scene
    side = grid.cell * grid.coarse
    windows = [
        Window(col * grid.cell, row * grid.cell, side, side)
        for row in range(span.row, span.row_end, grid.coarse)
        for col in range(span.col, span.col_end, grid.coarse)
    ]
    found = cover.coverage(scene.footprints(windows), scene.crs)
    picked = [cover.classes.index(name) for name in network.classes]
    shares = found.fractions[:, 0, picked]
    # Of classes that the network does not know nothing can be compared.
    known = shares.sum(axis=1)
    valid = (found.valid[:, 0] * known).reshape(share.shape)
    on_map = (shares / np.maximum(known, 1e-6)[:, None]).reshape(read.shape)
    distance = (np.abs(read - on_map).sum(-1) / 2).round(DIGITS)
    nothing = (share < LEAST) | (valid < LEAST)
    distance[nothing] = np.nan
    on_map[valid < LEAST] = np.nan
    return {
        'disagreement': distance.astype(np.float32),
        'map': on_map.astype(np.float32),
        'network': read.astype(np.float32),
    }
