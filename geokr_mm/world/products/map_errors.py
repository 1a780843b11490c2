"""Land-cover products as they are: older, coarser, shifted, confused."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage
from skimage.measure import label

from ..core.grid import U8, Grid
from ..core.hashing import cell_hash, rehash, subseed, unit
from ..core.noise import lattice_noise
from ..land import legend as lc
from ..land.cover import Country, survey


@dataclass(frozen=True)
class ProductNoise:
    """What separates a product from the truth; each part can be off.

    Args:
        lag (int): Years between the product and the newest scene; 0 off.
        majority (bool): Majority within the product's cells; off, the
            cell takes the class at its middle.
        unit (int): Minimum mapping unit, cells; 1 off.
        shift (float): Registration error, metres; 0 off.
        confusion (float): Scale of the class confusion; 0 off.
    """

    lag: int = 10
    majority: bool = True
    unit: int = 9
    shift: float = 18.0
    confusion: float = 1.0


# Share of each class that a product calls something else, of the order of
# the errors reported for GlobeLand30 (overall accuracy about 80-85 %).
CONFUSION: dict[int, tuple[tuple[int, float], ...]] = {
    lc.CROP: ((lc.GRASS, 0.06), (lc.FOREST, 0.03), (lc.BUILT, 0.02)),
    lc.FOREST: ((lc.SHRUB, 0.06), (lc.GRASS, 0.04), (lc.CROP, 0.03)),
    lc.GRASS: ((lc.CROP, 0.09), (lc.SHRUB, 0.06), (lc.BARE, 0.06)),
    lc.SHRUB: ((lc.FOREST, 0.15), (lc.GRASS, 0.14), (lc.CROP, 0.04)),
    lc.WETLAND: ((lc.GRASS, 0.14), (lc.WATER, 0.08), (lc.CROP, 0.08)),
    lc.WATER: ((lc.WETLAND, 0.05), (lc.CROP, 0.02)),
    lc.TUNDRA: ((lc.GRASS, 0.10), (lc.BARE, 0.06), (lc.SHRUB, 0.04)),
    lc.BUILT: ((lc.CROP, 0.10), (lc.GRASS, 0.04), (lc.BARE, 0.03)),
    lc.BARE: ((lc.GRASS, 0.12), (lc.SNOW, 0.02), (lc.BUILT, 0.02)),
    lc.SNOW: ((lc.BARE, 0.10), (lc.WATER, 0.01)),
}


def majority(codes: U8, factor: int) -> U8:
    """Most frequent code in blocks of cells; the lower code wins a tie."""
    h, w = codes.shape[0] // factor, codes.shape[1] // factor
    best = np.zeros((h, w), np.uint8)
    most = np.zeros((h, w), np.int32)
    for code in np.unique(codes):
        hits = (codes == code).reshape(h, factor, w, factor).sum((1, 3))
        better = hits > most
        best[better], most[better] = code, hits[better]
    return best


def drop_small(codes: U8, least: int) -> U8:
    """Give patches below ``least`` cells to their nearest neighbour."""
    labels = label(codes, background=-1, connectivity=1)
    small = np.bincount(labels.ravel())[labels] < least
    if not small.any() or small.all():
        return codes
    index = ndimage.distance_transform_edt(
        small, return_distances=False, return_indices=True
    )
    return np.ascontiguousarray(codes[tuple(index)])


def confuse(codes: U8, grid: Grid, seed: int, scale: float) -> U8:
    """Swap classes the way classifiers do: in clumps and at random.

    Errors belong to the ground of the grid, not to the array; ``scale`` is a
    factor on the confusion table.
    """
    clump = lattice_noise(grid, 240, seed)
    i = np.floor(grid.x / 30).astype(np.int32)
    j = np.floor(grid.y / 30).astype(np.int32)
    alone = unit(cell_hash(i, j, seed + 1))
    # The clumped part is made uniform through the normal's own ranks.
    smooth = 0.5 * (1 + np.tanh(0.8 * clump * (1 + 0.05 * clump * clump)))
    chance = np.where(
        unit(rehash(cell_hash(i, j, seed + 1), 1)) < 0.65, smooth, alone
    )
    out = codes.copy()
    for code, errors in CONFUSION.items():
        mine = codes == code
        low = 0.0
        for other, share in errors:
            high = low + share * scale
            out[mine & (chance >= low) & (chance < high)] = other
            low = high
    return out


def map_country(
    country: Country, grid: Grid, year: int, noise: ProductNoise, seed: int
) -> U8:
    """A product over a window of a place, in codes of the common legend.

    The cells of the grid are the product's; ``lag`` is already in ``year``.
    """
    rng = np.random.default_rng(subseed(seed, country.place.name))
    turn = rng.uniform(0, 2 * np.pi)
    dx, dy = noise.shift * np.cos(turn), noise.shift * np.sin(turn)
    # Cells of 10 m are hardly coarser than what the truth resolves.
    factor = 3 if noise.majority and grid.step > 20 else 1
    h, w = grid.shape
    step = grid.step / factor
    fine = Grid.window(
        float(grid.xs[0]) - grid.step / 2 + dx,
        float(grid.ys[0]) + grid.step / 2 + dy,
        step,
        h * factor,
        w * factor,
    )
    codes: U8 = np.empty(fine.shape, np.uint8)
    block = 384
    for row in range(0, fine.shape[0], block):
        for col in range(0, fine.shape[1], block):
            part = Grid(
                fine.xs[col : col + block], fine.ys[row : row + block], step
            )
            codes[row : row + block, col : col + block] = survey(
                country, part, year
            ).cover
    if factor > 1:
        codes = majority(codes, factor)
    if noise.confusion > 0:
        codes = confuse(codes, grid, seed, noise.confusion)
    if noise.unit > 1:
        codes = drop_small(codes, noise.unit)
    return codes
