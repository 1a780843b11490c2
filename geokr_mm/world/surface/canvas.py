"""The sheet that covers are painted on."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from ..core.grid import F32
from ..core.hashing import cell_hash, rehash, subseed, unit
from ..core.noise import fractal_noise, lattice_noise
from ..land.cover import Land
from ..land.place import Climate
from .spectra import spectrum

At = npt.NDArray[np.intp]
Floats = npt.NDArray[np.floating[Any]]


@dataclass(frozen=True)
class View:
    """When and in which bands a place is seen.

    The season runs from -1 (mid winter) to 1 (high summer). ``place`` is the
    seed for what stays there, ``scene`` that for what differs by day.
    """

    bands: tuple[str, ...]
    season: float
    place: int
    scene: int
    climate: Climate


class Canvas:
    """Reflectance and height of a window, and the textures painters share."""

    def __init__(self, land: Land, view: View) -> None:
        self.land, self.view, self.grid = land, view, land.grid
        self.step = land.grid.step
        count = land.cover.size
        self.rho = np.zeros((len(view.bands), count), np.float32)
        self.tall = np.zeros(count, np.float32)

    @cached_property
    def fine(self) -> F32:
        """Grain near the pixel size; flat."""
        length = 2.3 * max(self.step, 2)
        return lattice_noise(self.grid, length, self.view.place + 1).ravel()

    @cached_property
    def mid(self) -> F32:
        """Patches of some tens of metres; flat."""
        return fractal_noise(
            self.grid, 60, 4, self.view.place + 2, gain=0.6
        ).ravel()

    @cached_property
    def crown(self) -> F32:
        """Round lumps with dark seams, like tree crowns; flat, about 0."""
        length = max(9.0, 2.4 * self.step)
        lumps = np.abs(lattice_noise(self.grid, length, self.view.place + 3))
        lumps += 0.5 * np.abs(
            lattice_noise(self.grid, 0.6 * length, self.view.place + 4)
        )
        return np.asarray((lumps - 0.95).ravel() * 1.3, np.float32)

    def pure(self, name: str) -> F32:
        """Spectrum of a pure surface in the view's bands, (bands, 1)."""
        return spectrum(name, self.view.bands)

    def soil(self, tone: F32) -> F32:
        """Bare soil, (bands, n); tone 0 dark to 1 bright."""
        red = np.float32(self.view.climate.soil)
        dark = (1 - red) * self.pure('soil_brown') + red * self.pure(
            'soil_red'
        )
        light = (1 - red) * self.pure('soil_grey') + red * self.pure('sand')
        rise = np.asarray(light * 1.2 - dark, np.float32)
        return np.asarray(dark + rise * np.clip(tone, 0, 1), np.float32)

    def fade(self, size: float) -> np.float32:
        """How much of a pattern of a size (m) the pixel still shows."""
        return np.float32(np.clip(size / (2 * self.step), 0, 1) ** 2)

    def tint(self, kind: str) -> F32:
        """Colour of a kind of cover here and today, (bands, 1).

        Regions differ by up to a fifth in brightness and a tenth in each
        band, so that no colour belongs to one class everywhere.
        """
        rng = np.random.default_rng(subseed(self.view.place, 'tint', kind))
        bands = rng.uniform(-0.10, 0.10, 10)
        level = 1 + rng.uniform(-0.2, 0.2)
        take = [sum(map(ord, band)) % 10 for band in self.view.bands]
        return np.asarray(level * (1 + bands[take])[:, None], np.float32)

    def put(self, at: At, rho: Floats, tall: Floats | float = 0.0) -> None:
        """Set reflectance (bands, n) and height above ground, metres."""
        self.rho[:, at] = rho
        self.tall[at] = tall

    def single_trees(self, at: At, density: float, salt: int) -> None:
        """Scatter lone trees, one at most in every 30-metre square.

        ``density`` is the share of squares with a tree; another salt gives
        other trees.
        """
        if self.step > 9 or not len(at):
            return
        size = np.float32(30)
        x, y = self.grid.x.ravel()[at], self.grid.y.ravel()[at]
        i, j = np.floor(x / size), np.floor(y / size)
        tree = cell_hash(i, j, self.view.place + salt)
        radius = 2.5 + 4 * unit(rehash(tree, 1))
        reach = size - 2 * radius
        cx = i * size + radius + unit(rehash(tree, 2)) * reach
        cy = j * size + radius + unit(rehash(tree, 3)) * reach
        dist = np.hypot(x - cx, y - cy)
        # Groves: trees keep to some quarters.
        grove = np.clip(0.5 + self.land.rough.ravel()[at], 0, 1.6)
        stands = (dist < radius) & (unit(tree) < density * grove)
        on = at[stands]
        dome = np.sqrt(1 - (dist[stands] / radius[stands]) ** 2)
        leaf = self.pure('leaf') * (0.75 + 0.3 * dome)
        self.put(on, leaf * self.tint('forest'), 3 + 6 * dome)
