"""Shape of a place: height, rivers, lakes, coast and moisture."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from ..core.grid import F32, I64, Grid, Mask
from ..core.noise import fractal_noise, interpolate, lattice_noise
from .drainage import drain, fill
from .lines import FINE, Line, distance, meander, smooth, trace
from .place import Place

CELL = 32.0  # spacing of the coarse rasters, metres
MARGIN = 640.0  # rasters reach this far beyond the place, metres


@dataclass(frozen=True, eq=False)
class Terrain:
    """Rasters of a place, north up, ``CELL`` metres apart.

    Args:
        place (Place): Where.
        height (F32): Metres above the sea; below 0 is sea.
        river (F32): Distance to the nearest bank, metres, negative inside;
            ``FINE`` metres apart.
        basin (F32): Depth below the spill level of the hollow that a lake
            or reservoir may fill, metres; 0 elsewhere.
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
        """Reach of the rasters from the centre, metres."""
        return self.height.shape[0] * CELL / 2

    def sample(self, raster: F32, grid: Grid) -> F32:
        """A raster over the whole reach at the points of a grid, smoothly."""
        cell = 2 * self.edge / raster.shape[0]
        cols = (grid.xs + self.edge) / cell - 0.5
        rows = (self.edge - grid.ys) / cell - 0.5
        return interpolate(raster, cols, rows)

    def nearest(self, raster: F32, x: F32, y: F32) -> F32:
        """A raster at loose points, the nearest cell."""
        last = raster.shape[0] - 1
        cell = 2 * self.edge / raster.shape[0]
        cols = ((x + self.edge) * (1 / cell)).astype(np.int32)
        rows = ((self.edge - y) * (1 / cell)).astype(np.int32)
        np.clip(cols, 0, last, out=cols)
        np.clip(rows, 0, last, out=rows)
        return raster.ravel()[rows * raster.shape[1] + cols]


def coarse_grid(place: Place) -> Grid:
    """Cell centres of a place's coarse rasters."""
    half = place.size / 2 + MARGIN
    count = int(np.ceil(2 * half / CELL))
    edge = count * CELL / 2
    return Grid.window(-edge, edge, CELL, count, count)


def _lakes(pit: F32, moisture: float) -> Mask:
    """Pits that hold a lake; the rest have silted up long ago."""
    labels, _ = ndimage.label(pit > 0.5)
    areas = np.bincount(labels.ravel())
    areas[0] = 0
    room = 0.09 * moisture * pit.size
    keep = np.zeros(len(areas), bool)
    for label in np.argsort(-areas, kind='stable').tolist():
        if 12 <= areas[label] <= room:
            keep[label] = True
            room -= areas[label]
    return np.asarray(keep[labels])


def _relief(place: Place, grid: Grid) -> F32:
    """Height before water has worked on it, metres."""
    climate, seed = place.climate, place.seed
    span = max(place.size, 6000.0)
    broad = fractal_noise(grid, span * 0.45, 3, seed + 11)
    ridge = 1 - 1.6 * np.abs(fractal_noise(grid, span * 0.3, 5, seed + 12))
    rugged = np.clip(climate.relief / 300, 0, 1)
    height = climate.base + climate.relief * (
        broad * (1 - 0.6 * rugged) + ridge * rugged
    )
    # A general fall of the land gives rivers somewhere to go.
    turn = (seed % 360) * np.pi / 180
    along = (grid.x * np.cos(turn) + grid.y * np.sin(turn)) / place.size
    height = height + along * (0.5 * climate.relief + 4)
    if not climate.coast:
        # Low ground flattens out instead of sinking under the sea.
        floor = 0.35 * climate.base + 4
        deep = np.maximum(floor - height, 0)
        low = np.maximum(height, floor) + 0.3 * np.sqrt(deep)
        return np.asarray(low, np.float32)
    shore = (
        along
        + 0.5
        - climate.coast
        + 0.08 * fractal_noise(grid, span * 0.2, 6, seed + 13, gain=0.6)
    )
    beach = shore / 0.12 * np.maximum(height, 8)
    inland = np.maximum(height, 3)
    return np.where(
        shore < 0.12, np.minimum(beach, inland + 3 * shore), inland + 0.36
    ).astype(np.float32)


def _rivers(place: Place, target: I64, flow: F32, sea: Mask) -> list[Line]:
    """Smooth rivers whose width grows with their catchment."""
    size = flow.shape[0]
    edge = size * CELL / 2
    wet = flow * (CELL * CELL * 1e-6 * (0.3 + 1.4 * place.climate.moisture))
    # Places are small: part of the rivers come from beyond them.
    wet = wet * (16000 / max(place.size, 4000)) ** 1.2
    half = 3.6 * np.sqrt(wet)
    channel = ((wet > 2.5) & ~sea).ravel()
    bend = meander(place.seed, 330, 34)
    lines = []
    for chain in trace(target, channel, tail=8):
        at = np.array(chain)
        x = (at % size + 0.5) * CELL - edge
        y = edge - (at // size + 0.5) * CELL
        lines.append(
            smooth(x, y, half.ravel()[at].astype(np.float64), 4.0, bend)
        )
    return lines


def make_terrain(place: Place) -> Terrain:
    """Build a place's rasters."""
    grid = coarse_grid(place)
    climate = place.climate
    height = _relief(place, grid)
    filled = fill(height)
    target, flow = drain(height)
    sea = height < 0
    pit = np.where(sea, 0, filled - height).astype(np.float32)
    lakes = _lakes(pit, climate.moisture)
    height = np.where(lakes | sea, height, filled)
    basin = ndimage.gaussian_filter(np.where(lakes, pit, 0), 1.0)
    gy, gx = np.gradient(height, CELL)
    slope = ndimage.gaussian_filter(np.hypot(gx, gy), 1.0)
    edge = len(height) * CELL / 2
    river = distance(_rivers(place, target, flow, sea), edge)
    ratio = int(CELL / FINE)
    bank = river[ratio // 2 :: ratio, ratio // 2 :: ratio]
    valley = 10.0 * np.exp(-np.maximum(bank, 0) / 250)
    height = np.where(sea, height, np.maximum(height - valley, 2.5))
    moisture = (
        climate.moisture
        + 0.13 * lattice_noise(grid, place.size / 3, place.seed + 14)
        + 0.05 * fractal_noise(grid, 1500, 3, place.seed + 15)
        + 0.12 * np.exp(-np.maximum(bank, 0) / 500)
    )
    return Terrain(
        place=place,
        height=height.astype(np.float32),
        river=river,
        basin=basin.astype(np.float32),
        moisture=np.clip(moisture, 0, 1).astype(np.float32),
        slope=slope.astype(np.float32),
    )
