"""Random patches on a real WorldCover tile, against exactextract.

Patches of 64 to 512 pixels at 2 to 30 m, as squares in the tile's UTM zone, on
the tile in $GEOKR_DATA/worldcover. Prints the largest difference of any class
fraction, how long both took, and in how many patches sea, inland water and
nodata occur.

example: python benchmarks/worldcover_tile.py --n 10000 --json
"""

import os
import time
from pathlib import Path

import exactextract
import geopandas
import numpy as np
import reporting
import shapely

from geokr_mm.geo import LandCover
from geokr_mm.geo.core.crs import transformer
from geokr_mm.geo.geometry.reproject import project_rings
from geokr_mm.geo.geometry.rings import as_rings
from geokr_mm.geo.landcover.tile import Tile

# Blank cells count as code 0 instead of being left out.
OPS = [
    f'{op}(default_value=0,coverage_weight=area_spherical_m2)'
    for op in ('unique', 'frac')
]
WATER, BLANK = 80, 0
GROUP = 500


def squares(tile: Tile, n: int, seed: int) -> tuple[np.ndarray, str]:
    """Corners (n, 4, 2) of patches inside a tile, and their CRS."""
    rng = np.random.default_rng(seed)
    west, south, east, north = tile.bounds
    zone = int(((west + east) / 2 + 180) // 6) + 1
    crs = f'EPSG:{(32600 if north + south > 0 else 32700) + zone}'
    half = (
        rng.choice([64, 128, 256, 512], n) * rng.choice([2, 4, 10, 30], n) / 2
    )
    margin = 0.16
    places = rng.uniform(
        [west + margin, south + margin], [east - margin, north - margin],
        (n, 2),
    )  # fmt: skip
    x, y = transformer('EPSG:4326', crs).transform(*places.T)
    unit = np.array([[-1.0, 1], [1, 1], [1, -1], [-1, -1]])
    return np.stack([x, y], 1)[:, None] + half[:, None, None] * unit, crs


def by_exactextract(
    cover: LandCover, corners: np.ndarray, crs: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Native class fractions (n, K), share of code 80, share of code 0.

    Footprints are asked in groups of neighbours, so that blocks of the tile
    are read about once.
    """
    tile = cover.tiles[0]
    rings = project_rings(as_rings(corners), crs, tile.crs, tile.cell)
    columns = cover.product.columns(cover.legend)
    fractions = np.zeros((len(rings), len(cover.classes)))
    water, blank = np.zeros(len(rings)), np.zeros(len(rings))
    middle = np.array([rings[i].mean(axis=0) for i in range(len(rings))])
    cells = np.floor(middle * 4)
    order = np.lexsort((middle[:, 0], cells[:, 0], -cells[:, 1]))
    for start in range(0, len(order), GROUP):
        some = order[start : start + GROUP]
        frame = geopandas.GeoDataFrame(
            geometry=[shapely.Polygon(rings[i]) for i in some],
            crs='EPSG:4326',
        )
        table = exactextract.exact_extract(
            tile.path, frame, OPS, output='pandas',
            strategy='raster-sequential', max_cells_in_memory=2**26,
        )  # fmt: skip
        for n, (codes, shares) in zip(
            some, table.itertuples(index=False), strict=True
        ):
            for code, share in zip(codes, shares, strict=True):
                if code == BLANK:
                    blank[n] += share
                    continue
                fractions[n, columns[int(code)]] += share
                if code == WATER:
                    water[n] += share
    return fractions, water, blank


def measure(data: Path, n: int, seed: int = 0) -> dict[str, float | int | str]:
    """Ask both for the same patches and compare.

    Args:
        data (Path): Folder with one WorldCover tile.
        n (int): Patches.
        seed (int): Of their places and sizes.
    """
    cover = LandCover.open('worldcover', [data], legend='native')
    corners, crs = squares(cover.tiles[0], n, seed)
    cover.coverage(corners[:2], crs)
    start = time.process_time()
    found = cover.coverage(corners, crs)
    ours = time.process_time() - start
    start = time.process_time()
    fractions, water, blank = by_exactextract(cover, corners, crs)
    theirs = time.process_time() - start
    k = cover.product.columns(cover.legend)[WATER]
    valid, sea = found.valid[:, 0], found.sea[:, 0]
    # Back from shares of the land to shares of the patch; exactextract does
    # not know the sea, which has the code of inland water.
    mapped = found.fractions[:, 0] * valid[:, None]
    inland = mapped[:, k].copy()
    mapped[:, k] += sea
    error = np.abs(mapped - fractions)
    nodata = np.abs(found.nodata[:, 0] - blank)
    wet = np.abs(inland + sea - water)
    return {
        'patches': n,
        'tile': Path(cover.tiles[0].path).name,
        'max_error': float(error.max()),
        'max_error_water': float(wet.max()),
        'max_error_nodata': float(nodata.max()),
        'with_sea': int((sea > 0).sum()),
        'all_sea': int((sea > 1 - 1e-6).sum()),
        'with_inland_water': int((inland > 0).sum()),
        'with_nodata': int((found.nodata[:, 0] > 0).sum()),
        'mean_sea': round(float(sea.mean()), 4),
        'mean_inland_water': round(float(inland.mean()), 4),
        'cpu_s': round(ours, 1),
        'exactextract_cpu_s': round(theirs, 1),
    }


def main() -> None:
    """Parse the command line and measure."""
    root = Path(__file__).resolve().parents[2] / 'shared' / 'data'
    parser = reporting.parser(__doc__)
    parser.add_argument('--n', type=int, default=10_000)
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument(
        '--data',
        type=Path,
        default=Path(os.environ.get('GEOKR_DATA', root)) / 'worldcover',
    )
    args = parser.parse_args()
    result = measure(args.data, args.n, args.seed)
    reporting.report(result, args)


if __name__ == '__main__':
    main()
