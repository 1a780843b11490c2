"""Settlements: where they stand, how they grow, their streets and blocks."""

from dataclasses import dataclass

import numpy as np

from ..core.grid import F32, U8, Grid, Mask
from ..core.hashing import U32, cell_hash, rehash, unit
from ..core.noise import lattice_noise
from .terrain import Terrain

FIRST_YEAR = 2000
# What a built-up point is used for.
STREET, HOUSES, FLATS, INDUSTRY, PARKING, PARK, SITE = 1, 2, 3, 4, 5, 6, 7


@dataclass(frozen=True)
class Town:
    """One settlement.

    Args:
        x (float): Centre east, metres from the place's centre.
        y (float): Centre north, metres.
        radius (float): Of the built-up area in 2000, metres.
        growth (float): Of the radius, metres a year.
        turn (float): Direction of the streets, radians.
        block (float): Distance between streets, metres.
        industry (float): Share of blocks that are industrial.
        seed (int): For its blocks.
    """

    x: float
    y: float
    radius: float
    growth: float
    turn: float
    block: float
    industry: float
    seed: int

    def reach(self, year: int) -> float:
        """Radius in a year, metres."""
        return self.radius + self.growth * max(year - FIRST_YEAR, 0)


def found_towns(terrain: Terrain) -> list[Town]:
    """Choose sites on flat dry land, apart from one another."""
    place = terrain.place
    rng = np.random.default_rng(place.seed + 21)
    area = (place.size / 1000) ** 2
    want = max(1, round(place.climate.towns * area / 100 * 1.5))
    half = place.size / 2
    towns: list[Town] = []
    for _ in range(want * 40):
        if len(towns) >= want:
            break
        x, y = rng.uniform(-half, half, 2)
        px, py = np.array([x], np.float32), np.array([y], np.float32)
        slope = terrain.nearest(terrain.slope, px, py)[0]
        height = terrain.nearest(terrain.height, px, py)[0]
        bank = terrain.nearest(terrain.river, px, py)[0]
        big = not towns or rng.random() < 0.25
        radius = rng.uniform(450, 1000) if big else rng.uniform(90, 320)
        radius = min(radius, place.size / 7)
        if slope > 0.12 or height < 2 or bank < 0.4 * radius:
            continue
        if any(
            np.hypot(t.x - x, t.y - y) < 1.6 * (t.radius + radius) + 300
            for t in towns
        ):
            continue
        towns.append(
            Town(
                x=float(x),
                y=float(y),
                radius=float(radius),
                growth=float(radius * rng.uniform(0.005, 0.035)),
                turn=float(rng.uniform(0, np.pi / 2)),
                block=float(rng.uniform(70, 120)),
                industry=float(rng.uniform(0.1, 0.4)),
                seed=int(rng.integers(2**31)),
            )
        )
    return towns


@dataclass(frozen=True, eq=False)
class Fabric:
    """What towns put at each sample (h, w); 0 where there is no town.

    ``use`` is STREET ... SITE, ``block`` a hash of the block; along and across
    are the position in the block, metres.
    """

    use: U8
    block: U32
    along: F32
    across: F32


def _uses(town: Town, ident: U32, far: F32) -> U8:
    """Use of every block: flats inside, industry outside."""
    kind = unit(rehash(ident, 1))
    rim = np.clip(far, 0, 1.2)
    what = np.full(ident.shape, HOUSES, np.uint8)
    what[kind < 0.12 + 0.25 * (1 - rim)] = FLATS
    what[kind > 1 - town.industry * (0.4 + 0.9 * rim)] = INDUSTRY
    what[(kind > 0.42) & (kind < 0.50)] = PARKING
    what[(kind > 0.52) & (kind < 0.57)] = PARK
    return what


def _lay(town: Town, grid: Grid, year: int) -> tuple[Mask, U8, U32, F32, F32]:
    """One town over a window: built or not, use, block, position in it."""
    dx, dy = grid.x - np.float32(town.x), grid.y - np.float32(town.y)
    bend = lattice_noise(grid, 700, town.seed) * 20
    bow = lattice_noise(grid, 650, town.seed + 1) * 20
    cos, sin = np.float32(np.cos(town.turn)), np.float32(np.sin(town.turn))
    u, v = dx * cos + dy * sin + bend, dy * cos - dx * sin + bow
    size_u, size_v = town.block * 1.3, town.block
    bi, bj = np.floor(u / size_u), np.floor(v / size_v)
    # Some streets are missing: two blocks along are one.
    pair = np.floor(bi / 2)
    double = unit(cell_hash(pair, bj, town.seed + 2)) < 0.3
    start = np.where(double, 2 * pair, bi) * size_u
    span = np.where(double, 2 * size_u, size_u)
    bi = np.where(double, 2 * pair, bi)
    ident = cell_hash(bi, bj, town.seed)
    # Whole blocks are in or out: their middles decide.
    cu, cv = start + span / 2, (bj + 0.5) * size_v
    angle = np.arctan2(cv, cu)
    lobes = 0.22 * np.sin(3 * angle + town.seed % 7) + 0.16 * np.sin(
        5 * angle + town.seed % 11
    )
    far = np.hypot(cu, cv)
    ragged = lobes + 0.5 * (unit(ident) - 0.5)
    built = far / town.reach(year) + ragged < 1
    young = far / town.reach(year - 2) + ragged >= 1
    pu, pv = u - start, v - bj * size_v
    width = np.float32(9.0 if town.radius > 400 else 6.0)
    edge = np.minimum(np.minimum(pu, span - pu), np.minimum(pv, size_v - pv))
    use = _uses(town, ident, far / town.reach(year))
    # What was built within two years is still a building site.
    use[young] = SITE
    use[edge < width / 2 + 1] = STREET
    return built, use, ident, pu.astype(np.float32), pv.astype(np.float32)


def build_fabric(towns: list[Town], grid: Grid, year: int) -> Fabric:
    """Lay all towns of a place over a window; they grow with the years."""
    shape = grid.shape
    use: U8 = np.zeros(shape, np.uint8)
    block: U32 = np.zeros(shape, np.uint32)
    along: F32 = np.zeros(shape, np.float32)
    across: F32 = np.zeros(shape, np.float32)
    left, right = grid.xs.min(), grid.xs.max()
    low, high = grid.ys.min(), grid.ys.max()
    for town in towns:
        reach = town.reach(year) * 1.9
        beside = town.x + reach < left or town.x - reach > right
        if beside or town.y + reach < low or town.y - reach > high:
            continue
        built, what, ident, pu, pv = _lay(town, grid, year)
        use = np.where(built, what, use)
        block = np.where(built, ident, block)
        along = np.where(built, pu, along)
        across = np.where(built, pv, across)
    return Fabric(use, block, along, across)
