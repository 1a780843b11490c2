"""One million footprints over 60 tiles in GlobeLand30 layout.

The tiles are the four of fraction_speed.py under other places: ten UTM zones
by six rows. Prints seconds, footprints a second, the largest memory, and what
that means for Levir-KR's 1,431,950 patches and for a billion.

example: python benchmarks/million_footprints.py --n 1000000
"""

import argparse
import json
import resource
import shutil
import tempfile
import time
from pathlib import Path

import fraction_speed
import numpy as np
import rasterio
from affine import Affine

from geokr_mm.geo import LandCover
from geokr_mm.geo.footprint import transformer

ZONES = range(41, 51)
ROWS = 6
SIDE, CELL = 8000, 30.0
LEVIR_KR = 1_431_950


def make_tiles(folder: Path) -> list[str]:
    """Sixty tiles, each a copy of one of four under its own georeference."""
    sources = [f for _, fs in fraction_speed.globeland30(folder) for f in fs]
    made = []
    target = folder / 'sixty'
    target.mkdir(exist_ok=True)
    for zone in ZONES:
        crs = f'EPSG:326{zone}'
        for row in range(ROWS):
            path = target / f'n{zone}_{20 + row:02d}_2010LC030.tif'
            made.append(str(path))
            if path.exists():
                continue
            part = path.with_suffix('.part')
            shutil.copy(sources[(zone + row) % len(sources)], part)
            top = 2_400_000.0 + (row + 1) * SIDE * CELL
            left = 500_000.0 - SIDE * CELL / 2
            with rasterio.open(part, 'r+') as tile:
                tile.crs = crs
                tile.transform = Affine(CELL, 0, left, 0, -CELL, top)
            part.rename(path)
    return made


def footprints(n: int, seed: int = 0) -> np.ndarray:
    """Squares of 256 px at 2 to 16 m in the tiles, corners in degrees."""
    rng = np.random.default_rng(seed)
    zone = rng.choice(list(ZONES), n)
    half = 128.0 * rng.choice([2, 4, 8, 16], n)
    x = rng.uniform(-0.49, 0.49, n) * SIDE * CELL + 500_000.0
    y = rng.uniform(0.0, ROWS * SIDE * CELL, n) + 2_400_000.0
    square = np.array([[-1.0, 1], [1, 1], [1, -1], [-1, -1]])
    corners = np.stack([x, y], 1)[:, None] + half[:, None, None] * square
    for number in ZONES:
        mine = zone == number
        to = transformer(f'EPSG:326{number}', 'EPSG:4326')
        lon, lat = to.transform(
            corners[mine, :, 0].ravel(), corners[mine, :, 1].ravel()
        )
        corners[mine] = np.stack([lon, lat], 1).reshape(-1, 4, 2)
    return corners


def main() -> None:
    """Parse the command line and measure."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('--n', type=int, default=1_000_000)
    parser.add_argument(
        '--data',
        type=Path,
        default=Path(tempfile.gettempdir()) / 'geokr_mm_fractions',
    )
    args = parser.parse_args()
    args.data.mkdir(parents=True, exist_ok=True)
    tiles = make_tiles(args.data)
    corners = footprints(args.n)
    cover = LandCover.open('globeland30', tiles)
    cover.fractions(corners[:3], 'EPSG:4326')
    wall, cpu = time.monotonic(), time.process_time()
    found = cover.coverage(corners, 'EPSG:4326')
    wall, cpu = time.monotonic() - wall, time.process_time() - cpu
    rate = args.n / cpu
    print(
        json.dumps(
            {
                'footprints': args.n,
                'tiles': len(tiles),
                'wall_s': round(wall, 1),
                'cpu_s': round(cpu, 1),
                'per_cpu_s': round(rate),
                'peak_mib': resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
                // 1024,
                'mean_valid': round(float(found.valid.mean()), 4),
                'levir_kr_cpu_s': round(LEVIR_KR / rate, 1),
                'billion_cpu_h': round(1e9 / rate / 3600, 1),
            }
        )
    )


if __name__ == '__main__':
    main()
