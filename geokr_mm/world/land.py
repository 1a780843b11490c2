"""The true land cover of any point in any year."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from geokr_mm.world.grid import F32, Grid
from geokr_mm.world.hashing import rehash, unit
from geokr_mm.world.noise import fractal_noise
from geokr_mm.world.parcels import Parcels, divide
from geokr_mm.world.place import Place
from geokr_mm.world.terrain import Terrain, make_terrain
from geokr_mm.world.towns import (
    PARK, Fabric, Town, build_fabric, found_towns,
)

U8 = npt.NDArray[np.uint8]
# Codes of the common legend, which are those of GlobeLand30.
CROP, FOREST, GRASS, SHRUB, WETLAND = 10, 20, 30, 40, 50
WATER, TUNDRA, BUILT, BARE, SNOW = 60, 70, 80, 90, 100
SEA, NODATA = 255, 0
CODES = (CROP, FOREST, GRASS, SHRUB, WETLAND, WATER, TUNDRA, BUILT, BARE, SNOW)
CLASSES = (
    'cultivated', 'forest', 'grassland', 'shrubland', 'wetland',
    'water', 'tundra', 'artificial', 'bareland', 'snow_ice',
)
LAPSE = 0.0065  # cooling with height, degrees C a metre


@dataclass(frozen=True, eq=False)
class Country:
    """A place with all that stays the same over the years."""

    place: Place
    terrain: Terrain
    towns: list[Town]


@lru_cache(maxsize=2)
def settle(place: Place) -> Country:
    """Build a place's terrain and towns, once per process."""
    terrain = make_terrain(place)
    return Country(place, terrain, found_towns(terrain))


@dataclass(frozen=True, eq=False)
class Land:
    """The land in a window in one year; arrays have the grid's shape.

    Args:
        grid (Grid): Where.
        year (int): When.
        cover (U8): True class, codes of the common legend; 255 sea.
        height (F32): Ground, metres above the sea.
        bank (F32): Distance to the nearest water's edge, metres.
        warmth (F32): Yearly mean temperature, degrees C.
        moisture (F32): 0 to 1.
        parcels (Parcels): Division into fields.
        fabric (Fabric): Town blocks.
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
    rough: F32


def _felled(parcels: Parcels, year: int) -> npt.NDArray[np.bool_]:
    """Forest lots cut within the last nine years."""
    cut = 1985 + (unit(rehash(parcels.ident, 21)) * 110).astype(np.int32)
    return (cut <= year) & (cut > year - 9)


def _farmed(country: Country, parcels: Parcels, year: int) -> (
        npt.NDArray[np.bool_]):
    """Whole parcels are farmed or not: their middles decide."""
    terrain, climate = country.terrain, country.place.climate
    slope = terrain.nearest(terrain.slope, parcels.x, parcels.y)
    moist = terrain.nearest(terrain.moisture, parcels.x, parcels.y)
    height = terrain.nearest(terrain.height, parcels.x, parcels.y)
    warm = climate.temperature - LAPSE * (height - climate.base)
    fit = (
        climate.farming
        - 4.5 * slope
        - 1.6 * np.abs(moist - 0.55)
        - 0.08 * np.maximum(5 - warm, 0)
    )
    # Some parcels are taken up or given up between years.
    drift = (year - 2010) * 0.006 * (unit(rehash(parcels.ident, 22)) - 0.35)
    return fit + 0.3 * (unit(rehash(parcels.ident, 23)) - 0.5) + drift > 0.28


def survey(country: Country, grid: Grid, year: int) -> Land:
    """Find the true land cover of a window in a year.

    Args:
        country (Country): From :func:`settle`.
        grid (Grid): Where.
        year (int): When.

    Returns:
        Land: The cover and what it was decided from.
    """
    place, terrain = country.place, country.terrain
    climate, seed = place.climate, place.seed
    rough = fractal_noise(grid, 420, 6, seed + 31, gain=0.62)
    broad = fractal_noise(grid, 1700, 3, seed + 32)
    bends = fractal_noise(grid, 260, 4, seed + 33) * 9
    height = terrain.sample(terrain.height, grid)
    slope = terrain.sample(terrain.slope, grid)
    basin = terrain.sample(terrain.basin, grid)
    moist = terrain.sample(terrain.moisture, grid) + 0.07 * rough
    bank = terrain.sample(terrain.river, grid) + bends
    warm = climate.temperature - LAPSE * (height - climate.base)
    # Lakes and reservoirs fill a little more every year.
    level = 1.5 + 0.12 * (2010 - year)
    dry = 900 * np.maximum(1 - basin, 0)
    bank = np.minimum(bank, (level - basin) * 14 + 0.4 * bends + dry)
    parcels = divide(grid, seed + 41, climate.name in ('steppe', 'pampas'))
    fabric = build_fabric(terrain, country.towns, grid, year)

    cover = np.where(
        moist + 0.10 * broad > 0.52, SHRUB, GRASS).astype(np.uint8)
    trees = moist + 0.16 * broad + 0.35 * np.minimum(slope, 0.4)
    trees = trees - 0.05 * np.maximum(3 - warm, 0)
    forest = trees + 0.03 * rough > 0.63
    cover[forest] = FOREST
    cover[forest & _felled(parcels, year)] = SHRUB
    dry = 0.34 - moist + 0.09 * broad + 0.55 * np.maximum(slope - 0.35, 0)
    cover[(dry > 0.06) | (slope + 0.06 * rough > 0.62)] = BARE
    cover[_farmed(country, parcels, year)] = CROP
    cover[(warm + 1.2 * rough + broad < -4)] = TUNDRA
    cold = (climate.temperature < 12) & (warm + 0.8 * rough < -8.5 + 30 * (
        slope - 0.3))
    cover[cold & (slope > 0.05)] = SNOW
    marsh = (bank < 130 * (moist + 0.5 * broad)) & (slope < 0.05)
    cover[marsh & (moist > 0.45)] = WETLAND
    town = fabric.use > 0
    cover[town] = BUILT
    cover[fabric.use == PARK] = GRASS
    cover[bank < 0] = WATER
    shore = height + 0.8 * rough
    cover[shore < 0] = SEA
    return Land(
        grid=grid, year=year, cover=cover, height=height, bank=bank,
        warmth=warm, moisture=moist, parcels=parcels, fabric=fabric,
        rough=rough,
    )
