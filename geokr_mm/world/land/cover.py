"""The true land cover of any point in any year."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ..core.grid import F32, U8, Grid, Mask
from ..core.hashing import rehash, unit
from ..core.noise import fractal_noise
from . import legend as lc
from .parcels import Parcels, divide
from .place import Place
from .roads import build_roads
from .terrain import Terrain, make_terrain
from .towns import PARK, Fabric, Town, build_fabric, found_towns

LAPSE = 0.0065  # cooling with height, degrees C a metre


@dataclass(frozen=True, eq=False)
class Country:
    """A place with all that stays the same over the years."""

    place: Place
    terrain: Terrain
    towns: list[Town]
    roads: F32


@lru_cache(maxsize=2)
def settle(place: Place) -> Country:
    """Build a place's terrain and towns, once per process."""
    terrain = make_terrain(place)
    towns = found_towns(terrain)
    return Country(place, terrain, towns, build_roads(terrain, towns))


@dataclass(frozen=True, eq=False)
class Land:
    """The land in a window in one year; arrays have the grid's shape.

    Args:
        cover (U8): True class, codes of the common legend; 255 sea.
        height (F32): Ground, metres above the sea.
        bank (F32): Distance to the nearest water's edge, metres.
        warmth (F32): Yearly mean temperature, degrees C.
        moisture (F32): 0 to 1.
        parcels (Parcels): Division into fields.
        fabric (Fabric): Town blocks.
        road (F32): Distance to the edge of a country road, metres.
        rough (F32): Noise that shaped the edges, reused by textures.
    """

    grid: Grid
    year: int
    cover: U8
    height: F32
    bank: F32
    warmth: F32
    moisture: F32
    parcels: Parcels
    fabric: Fabric
    road: F32
    rough: F32


def _felled(parcels: Parcels, year: int) -> Mask:
    """Forest lots cut within the last nine years."""
    cut = 1985 + (unit(rehash(parcels.ident, 21)) * 110).astype(np.int32)
    return (cut <= year) & (cut > year - 9)


def _farmed(country: Country, parcels: Parcels, year: int) -> Mask:
    """Whole parcels are farmed or not: their middles decide."""
    terrain, climate = country.terrain, country.place.climate
    slope = terrain.nearest(terrain.slope, parcels.x, parcels.y)
    moist = terrain.nearest(terrain.moisture, parcels.x, parcels.y)
    height = terrain.nearest(terrain.height, parcels.x, parcels.y)
    warm = climate.temperature - LAPSE * (height - climate.base)
    fit = (
        climate.farming
        - 4.5 * slope
        - 2.2 * np.abs(moist - 0.55)
        - 0.08 * np.maximum(5 - warm, 0)
    )
    # Some parcels are taken up or given up between years.
    drift = (year - 2010) * 0.006 * (unit(rehash(parcels.ident, 22)) - 0.35)
    return fit + 0.55 * (unit(rehash(parcels.ident, 23)) - 0.5) + drift > 0.36


def _water(country: Country, grid: Grid, year: int, bends: F32) -> F32:
    """Distance to the nearest water's edge, negative in the water."""
    terrain = country.terrain
    bank = terrain.sample(terrain.river, grid) + 0.35 * bends
    basin = terrain.sample(terrain.basin, grid)
    # Lakes and reservoirs fill a little more every year.
    level = 1.5 + 0.12 * (2010 - year)
    far = 900 * np.maximum(1 - basin, 0)
    return np.minimum(bank, (level - basin) * 14 + bends + far)


def _wild(
    country: Country,
    parcels: Parcels,
    year: int,
    moist: F32,
    warm: F32,
    slope: F32,
    rough: F32,
    broad: F32,
) -> U8:
    """Cover before people and water: forest, shrub, grass, bare, cold."""
    cover = np.where(moist + 0.10 * broad > 0.50, lc.SHRUB, lc.GRASS).astype(
        np.uint8
    )
    trees = moist + 0.16 * broad + 0.35 * np.minimum(slope, 0.4)
    trees = trees - 0.05 * np.maximum(3 - warm, 0)
    forest = trees + 0.035 * rough > 0.63
    cover[forest] = lc.FOREST
    cover[forest & _felled(parcels, year)] = lc.SHRUB
    dry = 0.34 - moist + 0.09 * broad + 0.03 * rough
    steep = slope + 0.07 * rough
    cover[
        (dry + 0.55 * np.maximum(slope - 0.35, 0) > 0.06) | (steep > 0.62)
    ] = lc.BARE
    cover[warm + 1.2 * rough + broad < -4] = lc.TUNDRA
    if country.place.climate.temperature < 12:
        line = min(-0.8, country.place.climate.temperature - 4.5)
        ice = warm + 1.1 * rough + 6 * np.clip(steep - 0.45, -0.1, 0.5) < line
        cover[ice & (slope > 0.05)] = lc.SNOW
    return cover


def survey(country: Country, grid: Grid, year: int) -> Land:
    """The true land cover of a window in a year, and what decided it."""
    place, terrain = country.place, country.terrain
    climate, seed = place.climate, place.seed
    rough = fractal_noise(grid, 420, 6, seed + 31, gain=0.62)
    broad = fractal_noise(grid, 1700, 3, seed + 32)
    bends = fractal_noise(grid, 260, 4, seed + 33) * 9
    height = terrain.sample(terrain.height, grid)
    slope = terrain.sample(terrain.slope, grid)
    moist = terrain.sample(terrain.moisture, grid) + 0.07 * rough
    road = terrain.sample(country.roads, grid)
    bank = _water(country, grid, year, bends)
    warm = climate.temperature - LAPSE * (height - climate.base)
    parcels = divide(grid, seed + 41, climate.fields)
    fabric = build_fabric(country.towns, grid, year)

    cover = _wild(country, parcels, year, moist, warm, slope, rough, broad)
    cold = (cover == lc.SNOW) | (cover == lc.TUNDRA)
    cover[_farmed(country, parcels, year) & ~cold] = lc.CROP
    marsh = (bank < 170 * (moist - 0.1 + 0.55 * broad)) & (slope < 0.06)
    cover[marsh & (moist > 0.42)] = lc.WETLAND
    cover[fabric.use > 0] = lc.BUILT
    cover[fabric.use == PARK] = lc.GRASS
    cover[bank < 0] = lc.WATER
    cover[(road < 0) & (height > 0.5)] = lc.BUILT
    if climate.coast:
        cover[height + 0.8 * rough < 0] = lc.SEA
    return Land(
        grid=grid,
        year=year,
        cover=cover,
        height=height,
        bank=bank,
        warmth=warm,
        moisture=moist,
        parcels=parcels,
        fabric=fabric,
        road=road,
        rough=rough,
    )
