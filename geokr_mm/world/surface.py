"""What the land looks like: reflectance and height of its cover."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geokr_mm.world import land as lc
from geokr_mm.world.grid import F32
from geokr_mm.world.hashing import rehash, unit
from geokr_mm.world.land import Land
from geokr_mm.world.noise import fractal_noise, lattice_noise
from geokr_mm.world.spectra import spectrum
from geokr_mm.world.towns import FLATS, HOUSES, INDUSTRY, PARKING, STREET

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class View:
    """When and in which bands the land is seen.

    Args:
        bands (tuple[str, ...]): Band names.
        season (float): From -1 (mid winter) to 1 (high summer).
        day (int): Day of the year.
        seed (int): Of the scene, for what differs from day to day.
        soil (float): From 0 (grey) to 1 (red).
        conifer (float): Share of needle-leaved forest.
        temperature (float): Yearly mean of the region, degrees C.
    """

    bands: tuple[str, ...]
    season: float
    day: int
    seed: int
    soil: float
    conifer: float
    temperature: float


class _Painter:
    """Paints one window; the methods are one per kind of cover."""

    def __init__(self, land: Land, view: View) -> None:
        self.land, self.view, self.grid = land, view, land.grid
        self.step = land.grid.step
        shape = land.grid.shape
        self.rho = np.zeros((len(view.bands), shape[0] * shape[1]),
                            np.float32)
        self.tall = np.zeros(shape[0] * shape[1], np.float32)
        seed = land_seed = view.seed % 1 + 977
        self.fine = lattice_noise(self.grid, 2.3 * max(self.step, 2), seed)
        self.mid = fractal_noise(self.grid, 60, 4, land_seed + 1)
        crown = max(8.0, 2 * self.step)
        self.crown = lattice_noise(self.grid, crown, seed + 2)

    def pure(self, name: str) -> F32:
        return spectrum(name, self.view.bands)

    def soil(self, tone: F32) -> F32:
        """Bare soil; tone 0 dark, 1 bright; redder by region."""
        red = np.float32(self.view.soil)
        dark = (1 - red) * self.pure('soil_brown') + red * self.pure(
            'soil_red')
        light = (1 - red) * self.pure('soil_grey') + red * self.pure('sand')
        return dark + (light * 1.25 - dark) * np.clip(tone, 0, 1)

    def put(self, where: npt.NDArray[np.intp], rho: F32,
            tall: F32 | float = 0.0) -> None:
        self.rho[:, where] = rho
        self.tall[where] = tall

    def fade(self, size: float) -> np.float32:
        """How much of a pattern of a size (m) the pixel still shows."""
        return np.float32(np.clip(size / (2 * self.step), 0, 1) ** 2)

    def crops(self, at: npt.NDArray[np.intp]) -> None:
        land, view = self.land, self.view
        ident = land.parcels.ident.ravel()[at]
        kind = unit(rehash(ident, land.year))
        phase = unit(rehash(ident, 51 + land.year)) - 0.5
        stage = view.season * 0.6 + phase * 1.5
        green = np.clip(0.5 + stage, 0.02, 0.97)
        tone = unit(rehash(ident, 52))
        mid, fine = self.mid.ravel()[at], self.fine.ravel()[at]
        across = land.parcels.across.ravel()[at]
        spacing = 4 + 9 * unit(rehash(ident, 53))
        rows = np.sin(across * (2 * np.pi) / spacing) * np.clip(
            spacing / (2.2 * self.step) - 0.6, 0, 1)
        green = np.clip(green + 0.06 * mid + 0.12 * rows * (
            0.3 + green), 0, 1)
        ripe = kind > 0.55
        crop = np.where(ripe, self.pure('straw'), self.pure('lush'))
        crop = np.where(kind < 0.15, self.pure('leaf'), crop)
        rho = self.soil(tone + 0.1 * mid - 0.12 * rows) * (
            1 - green) + crop * green
        tall = green * (0.6 + 0.5 * rows)
        edge = land.parcels.edge.ravel()[at]
        track = edge < np.maximum(1.6 + 1.6 * tone, 0.35 * self.step)
        hedge = unit(rehash(ident, 54)) < 0.3
        lane = np.where(hedge, self.pure('leaf') * 1.1,
                        self.soil(tone + 0.4))
        rho = np.where(track, lane * 0.6 + rho * 0.4, rho)
        tall = np.where(track & hedge, 4 + fine, tall)
        self.put(at, rho * (1 + 0.03 * fine), tall)

    def trees(self, at: npt.NDArray[np.intp]) -> None:
        view = self.view
        crown, mid = self.crown.ravel()[at], self.mid.ravel()[at]
        needle = np.clip(
            (view.conifer * 2 - 1) * 1.5 + self.land.rough.ravel()[at]
            + 0.5, 0, 1)
        autumn = np.float32(np.clip(-view.season, 0, 1) * (
            1 if view.temperature < 20 else 0))
        broad = self.pure('leaf') * (1 - autumn) + autumn * (
            0.5 * self.pure('autumn') + 0.4 * self.pure('soil_brown'))
        rho = broad * (1 - needle) + self.pure('needle') * needle
        rho = rho * (1 + 0.10 * mid + 0.16 * crown * self.fade(20))
        self.put(at, rho, 13 + (3.2 * crown + 1.5 * mid) * self.fade(16))

    def grass(self, at: npt.NDArray[np.intp]) -> None:
        land, view = self.land, self.view
        mid = self.mid.ravel()[at]
        wet = land.moisture.ravel()[at]
        green = np.clip(0.15 + 0.9 * (wet - 0.25) + 0.3 * view.season
                        + 0.12 * land.rough.ravel()[at], 0.03, 0.9)
        straw = 0.55 * self.pure('straw') + 0.45 * self.soil(0.4 + 0.2 * mid)
        rho = straw * (1 - green) + self.pure('lush') * green
        self.put(at, rho * (1 + 0.05 * mid + 0.02 * self.fine.ravel()[at]))

    def shrubs(self, at: npt.NDArray[np.intp]) -> None:
        self.grass(at)
        crown = self.crown.ravel()[at]
        bush = np.clip(crown * 1.6 + 0.3, 0, 1) * self.fade(14) + 0.45 * (
            1 - self.fade(14))
        leaf = 0.7 * self.pure('leaf') + 0.3 * self.pure('autumn')
        self.put(at, self.rho[:, at] * (1 - bush) + leaf * bush,
                 2.5 * bush)

    def marsh(self, at: npt.NDArray[np.intp]) -> None:
        mid = self.mid.ravel()[at]
        pool = np.clip(2.5 * (self.land.rough.ravel()[at] + 0.8 * mid - 0.3),
                       0, 1)
        green = np.clip(0.6 + 0.35 * self.view.season, 0.15, 0.9)
        reed = green * self.pure('leaf') * 1.1 + (1 - green) * (
            0.6 * self.pure('straw'))
        reed = reed * (1 + 0.15 * self.fine.ravel()[at])
        dark = 0.7 * self.pure('algae') + 0.3 * self.pure('soil_brown')
        self.put(at, reed * (1 - pool) + dark * pool, 1.5 * (1 - pool))

    def water(self, at: npt.NDArray[np.intp]) -> None:
        land = self.land
        seed = land.parcels.ident[0, 0] % 3
        bank = land.bank.ravel()[at]
        murk = np.clip(0.35 + 0.2 * land.rough.ravel()[at]
                       + 0.25 * (int(seed) - 1), 0, 1)
        rho = self.pure('water') * (1 - murk) + murk * (
            0.5 * self.pure('silt') + 0.5 * self.pure('algae'))
        shoal = np.clip(1 + bank / 14, 0, 1) * 0.5
        rho = rho * (1 - shoal) + shoal * self.pure('silt')
        self.put(at, rho * (1 + 0.04 * self.fine.ravel()[at]))

    def tundra(self, at: npt.NDArray[np.intp]) -> None:
        mid, rough = self.mid.ravel()[at], self.land.rough.ravel()[at]
        crack = np.clip(1 - np.abs(mid) * 3.5, 0, 1) * 0.35
        green = np.clip(0.3 + 0.3 * self.view.season + 0.2 * rough, 0, 1)
        rho = self.pure('moss') * (1 - green) + green * (
            0.5 * self.pure('leaf') + 0.5 * self.pure('autumn'))
        stone = np.clip(rough - 0.9, 0, 1)
        rho = rho * (1 - stone) + stone * self.pure('rock')
        self.put(at, rho * (1 - crack) * (1 + 0.04 * self.fine.ravel()[at]))

    def bare(self, at: npt.NDArray[np.intp]) -> None:
        mid, rough = self.mid.ravel()[at], self.land.rough.ravel()[at]
        stone = np.clip(0.5 + 0.6 * rough - (
            self.view.temperature - 12) * 0.08, 0, 1)
        rill = np.clip(1 - np.abs(rough + 0.5 * mid) * 4, 0, 1)
        rho = self.soil(0.55 + 0.22 * mid) * (1 - stone) + stone * (
            self.pure('rock'))
        self.put(at, rho * (1 + 0.1 * mid - 0.2 * rill),
                 np.clip(mid + 1, 0, 3))

    def snow(self, at: npt.NDArray[np.intp]) -> None:
        mid = self.mid.ravel()[at]
        rock = np.clip(self.land.rough.ravel()[at] - 1.2, 0, 1)
        rho = self.pure('snow') * (0.93 + 0.05 * mid) * (1 - rock)
        self.put(at, rho + rock * self.pure('rock'))

    def town(self, at: npt.NDArray[np.intp]) -> None:
        fabric = self.land.fabric
        use, ident = fabric.use.ravel()[at], fabric.block.ravel()[at]
        u, v = fabric.along.ravel()[at], fabric.across.ravel()[at]
        fine, crown = self.fine.ravel()[at], self.crown.ravel()[at]
        works, tower = use == INDUSTRY, use == FLATS
        lot_u = np.where(works, 62, np.where(tower, 34, 19)).astype('f4')
        lot_v = np.where(works, 48, np.where(tower, 30, 22)).astype('f4')
        i, j = np.floor(u / lot_u), np.floor(v / lot_v)
        lot = rehash(ident + (i * 31 + j * 1009).astype(np.uint32), 61)
        pu, pv = u / lot_u - i, v / lot_v - j
        fill_u = np.where(works, .8, .55) + .15 * (unit(rehash(lot, 1)) - .5)
        fill_v = np.where(works, .75, .5) + .15 * (unit(rehash(lot, 2)) - .5)
        house = (np.abs(pu - .5) < fill_u / 2) & (np.abs(pv - .5) < fill_v / 2
                                                  ) & (unit(lot) > 0.08)
        pick = unit(rehash(lot, 3))
        roof = np.where(pick < 0.45, self.pure('tile_red'),
                        self.pure('slate'))
        roof = np.where(pick > 0.8, self.pure('concrete'), roof)
        shed = np.where(pick < 0.35, self.pure('metal_blue'),
                        self.pure('metal_white') * (0.5 + 0.5 * pick))
        roof = np.where(works, shed, np.where(
            tower, self.pure('concrete') * (0.7 + 0.5 * pick), roof))
        yard = np.clip(0.55 + 0.4 * crown, 0, 1) * np.where(
            works, 0.15, np.where(tower, 0.6, 0.85))
        leaf = 0.6 * self.pure('lush') + 0.4 * self.pure('leaf')
        paved = 0.6 * self.pure('concrete') + 0.4 * self.soil(
            np.float32(0.5) + 0 * fine)
        ground = leaf * yard + paved * (1 - yard)
        rho = np.where(house, roof * (1 + 0.03 * fine), ground)
        size = np.where(works, 9, np.where(tower, 14 + 22 * pick, 6))
        tall = np.where(house, size, np.where(yard > 0.7, 4 * yard, 0))
        # Cars stand in rows, nose to nose, with lanes between.
        lots = use == PARKING
        bay, stand = (v % 17) / 17, u % 2.7
        car = (bay < 0.62) & (unit(rehash(
            ident + ((u // 2.7) * 131 + (v // 8.5)).astype(np.uint32), 62)
        ) < 0.7) & (stand > 0.5)
        paint = unit(rehash(ident + (u // 2.7).astype(np.uint32), 63))
        asphalt = self.pure('asphalt') * (1.05 + 0.04 * fine)
        rho = np.where(lots, np.where(
            car, 0.05 + 0.5 * paint * paint, asphalt), rho)
        tall = np.where(lots, car * 1.5, tall)
        street = use == STREET
        rho = np.where(street, asphalt, rho)
        self.put(at, rho, np.where(street, 0, tall))


def paint(land: Land, view: View) -> tuple[F32, F32, Mask]:
    """Reflectance of the land under even light, and what stands on it.

    Args:
        land (Land): The land in a window.
        view (View): Season, bands, region.

    Returns:
        tuple: Reflectance (bands, h, w) 0 to 1; height of objects (h, w),
        metres; where snow lies (h, w), also seasonal snow.
    """
    painter = _Painter(land, view)
    flat = land.cover.ravel()
    kinds = {
        lc.CROP: painter.crops, lc.FOREST: painter.trees,
        lc.GRASS: painter.grass, lc.SHRUB: painter.shrubs,
        lc.WETLAND: painter.marsh, lc.WATER: painter.water,
        lc.SEA: painter.water, lc.TUNDRA: painter.tundra,
        lc.BUILT: painter.town, lc.BARE: painter.bare,
        lc.SNOW: painter.snow,
    }
    for code, method in kinds.items():
        at = np.flatnonzero(flat == code)
        if len(at):
            method(at)
    shape = land.grid.shape
    tall = painter.tall.reshape(shape)
    rho = painter.rho.reshape(-1, *shape)
    snow: Mask = land.cover == lc.SNOW
    cold = land.warmth + 11 * view.season + 1.5 * land.rough
    fallen = (cold < -2) & ~np.isin(land.cover, (lc.WATER, lc.SEA, lc.SNOW))
    if fallen.any():
        hold = np.where(land.cover == lc.FOREST, 0.45, 0.85)
        hold = np.where(land.cover == lc.BUILT, 0.6, hold)
        hold = np.clip(hold + 0.12 * painter.mid, 0, 1) * fallen
        white = spectrum('snow', view.bands)[:, :, None] * 0.9
        rho = rho * (1 - hold) + white * hold
        snow = snow | (hold > 0.5)
    return np.clip(rho, 0.002, 1.0), tall, snow
