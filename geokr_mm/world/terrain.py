"""Shape of a place: height, rivers, lakes, coast and moisture."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from skimage.morphology import reconstruction

from geokr_mm.world.grid import F32, Grid
from geokr_mm.world.noise import fractal_noise, interpolate, lattice_noise
from geokr_mm.world.place import Place

CELL = 32.0  # spacing of the coarse rasters, metres
MARGIN = 640.0  # rasters reach this far beyond the place, metres
_STEPS = ((-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1))


@dataclass(frozen=True, eq=False)
class Terrain:
    """Coarse rasters of a place, ``CELL`` metres apart, north up.

    Args:
        place (Place): Where.
        height (F32): Metres above the sea; below 0 is sea.
        river (F32): Distance to the nearest bank, metres; negative inside.
        basin (F32): Depth below the spill level of the valley that a
            reservoir or lake may fill, metres; 0 elsewhere.
        moisture (F32): 0 to 1.
        slope (F32): Rise over run.
    """

    place: Place
    height: F32
    river: F32
    basin: F32
    moisture: F32
    slope: F32

    @property
    def edge(self) -> float:
        """West and north reach of the rasters from the centre, metres."""
        return self.height.shape[0] * CELL / 2

    def sample(self, raster: F32, grid: Grid) -> F32:
        """Read a coarse raster at fine points, smoothly.

        Args:
            raster (F32): One of the rasters, or one of their shape.
            grid (Grid): Where.

        Returns:
            F32: Shape of the grid.
        """
        cols = (grid.xs + self.edge) / CELL - 0.5
        rows = (self.edge - grid.ys) / CELL - 0.5
        return interpolate(raster, cols, rows)

    def nearest(self, raster: F32, x: F32, y: F32) -> F32:
        """Read a coarse raster at loose points, the nearest cell."""
        last = raster.shape[0] - 1
        cols = ((x + self.edge) * (1 / CELL)).astype(np.int32)
        rows = ((self.edge - y) * (1 / CELL)).astype(np.int32)
        np.clip(cols, 0, last, out=cols)
        np.clip(rows, 0, last, out=rows)
        return raster.ravel()[rows * raster.shape[1] + cols]


def coarse_grid(place: Place) -> Grid:
    """Cell centres of a place's coarse rasters."""
    half = place.size / 2 + MARGIN
    count = int(np.ceil(2 * half / CELL))
    edge = count * CELL / 2
    return Grid.window(-edge, edge, CELL, count, count)


def drainage(height: F32) -> tuple[F32, F32]:
    """Fill pits and let water run down (eight directions).

    Args:
        height (F32): (n, n), metres.

    Returns:
        tuple: Filled height and number of cells that drain through each.
    """
    seed = height.copy()
    seed[1:-1, 1:-1] = height.max()
    filled = reconstruction(seed, height, method='erosion')
    rows, cols = height.shape
    # A slight tilt breaks ties on filled flats towards the open border.
    dist = ndimage.distance_transform_edt(np.pad(np.ones(
        (rows - 2, cols - 2), bool), 1))
    flow = (filled + 1e-4 * dist + 1e-4 * (height - filled)).astype(np.float64)
    padded = np.pad(flow, 1, constant_values=np.inf)
    padded[0], padded[-1], padded[:, 0], padded[:, -1] = (-1e9,) * 4
    best = np.zeros(flow.shape)
    target = np.full(flow.shape, -1, np.int64)
    index = np.arange(rows * cols).reshape(rows, cols)
    wide = np.pad(index, 1, constant_values=-1)
    for dy, dx in _STEPS:
        view = (slice(1 + dy, 1 + dy + rows), slice(1 + dx, 1 + dx + cols))
        drop = (flow - padded[view]) / np.hypot(dy, dx)
        better = drop > best
        best = np.where(better, drop, best)
        target = np.where(better, wide[view], target)
    area = np.ones(rows * cols)
    to = target.ravel().tolist()
    run = area.tolist()
    for cell in np.argsort(-flow.ravel(), kind='stable').tolist():
        if to[cell] >= 0:
            run[to[cell]] += run[cell]
    return filled.astype(np.float32), np.array(run, np.float32).reshape(
        flow.shape
    )


def _lakes(pit: F32, moisture: float) -> npt.NDArray[np.bool_]:
    """Pits that hold a lake; the rest have silted up long ago."""
    labels, _ = ndimage.label(pit > 0.5)
    areas = np.bincount(labels.ravel())
    areas[0] = 0
    room = 0.07 * moisture * pit.size
    keep = np.zeros(len(areas), bool)
    for label in np.argsort(-areas, kind='stable').tolist():
        if 12 <= areas[label] <= room:
            keep[label] = True
            room -= areas[label]
    return keep[labels]


def _relief(place: Place, grid: Grid) -> F32:
    """Height before water has worked on it, metres."""
    climate = place.climate
    seed = place.seed
    span = max(place.size, 6000.0)
    broad = fractal_noise(grid, span * 0.45, 3, seed + 11)
    ridge = 1 - 1.6 * np.abs(fractal_noise(grid, span * 0.3, 5, seed + 12))
    rough = np.clip(climate.relief / 300, 0, 1)
    shape = broad * (1 - 0.6 * rough) + ridge * rough
    height = climate.base + climate.relief * shape
    # A general fall of the land gives rivers somewhere to go.
    turn = (seed % 360) * np.pi / 180
    along = (grid.x * np.cos(turn) + grid.y * np.sin(turn)) / place.size
    height = height + along * (0.5 * climate.relief + 4)
    if climate.coast:
        shore = along + 0.5 - climate.coast
        bend = 0.08 * fractal_noise(grid, span * 0.2, 5, seed + 13)
        height = np.where(
            shore + bend < 0.12,
            (shore + bend) / 0.12 * np.maximum(height, 8),
            np.maximum(height, 3),
        )
    else:
        # Low ground flattens out instead of sinking under the sea.
        floor = 0.35 * climate.base + 4
        deep = np.maximum(floor - height, 0)
        height = np.maximum(height, floor) + 0.03 * np.sqrt(deep) * 10
    return height.astype(np.float32)


def make_terrain(place: Place) -> Terrain:
    """Build a place's coarse rasters.

    Args:
        place (Place): Where.

    Returns:
        Terrain: The same for the same place, on any machine.
    """
    grid = coarse_grid(place)
    climate = place.climate
    height = _relief(place, grid)
    filled, flow = drainage(height)
    sea = height < 0
    pit = np.where(sea, 0, filled - height)
    lakes = _lakes(pit, climate.moisture)
    height = np.where(lakes, height, np.where(sea, height, filled))
    basin = ndimage.gaussian_filter(np.where(lakes, pit, 0), 1.0)
    # Width in metres grows with the square root of the catchment.
    wet = flow * CELL * CELL * 1e-6 * (0.3 + 1.4 * climate.moisture)
    half = 7.0 * np.sqrt(wet)
    river = np.full(height.shape, 4000.0, np.float32)
    for least in (2.2, 3.5, 5.5, 9.0, 15.0, 25.0):
        channel = (wet > least) & ~sea
        if channel.any():
            dist = ndimage.distance_transform_edt(~channel) * CELL
            reach = half[channel].min()
            river = np.minimum(river, dist - reach)
    # Smoothing lifts the bottom of a distance field by about 0.8 sigma.
    river = ndimage.gaussian_filter(river, 1.3) - 1.04 * CELL
    valley = 12.0 * np.exp(-np.maximum(river, 0) / 250)
    height = np.where(sea, height, np.maximum(height - valley, 0.8))
    near = np.exp(-np.maximum(river, 0) / 600)
    moisture = (
        climate.moisture
        + 0.13 * lattice_noise(grid, place.size / 3, place.seed + 14)
        + 0.05 * fractal_noise(grid, 1500, 3, place.seed + 15)
        + 0.12 * near
    )
    gy, gx = np.gradient(height, CELL)
    slope = ndimage.gaussian_filter(np.hypot(gx, gy), 1.0)
    return Terrain(
        place=place,
        height=height.astype(np.float32),
        river=river.astype(np.float32),
        basin=basin.astype(np.float32),
        moisture=np.clip(moisture, 0, 1).astype(np.float32),
        slope=slope.astype(np.float32),
    )
