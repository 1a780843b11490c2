"""Land-cover maps in the layouts of GlobeLand30 and WorldCover, made up.

GlobeLand30: four LZW tiles of 8000 x 8000 at 30 m in UTM zones 49 and 50.
WorldCover: 12000 x 12000 at 1/12000 degree, DEFLATE.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from affine import Affine

from geokr_mm.geo.core.crs import transformer

GL_CODES = np.array([10, 20, 30, 40, 50, 60, 80, 90], np.uint8)
WC_CODES = np.array([10, 20, 30, 40, 50, 60, 80, 90, 95], np.uint8)
BORDER, MIDDLE = 114.0, 31.0


def blobs(height: int, width: int, codes: np.ndarray, seed: int) -> np.ndarray:
    """Patchy map: the largest of several noises at four scales, 1 % salt."""
    rng = np.random.default_rng(seed)
    best = np.full((height, width), -np.inf, np.float32)
    out = np.zeros((height, width), np.uint8)
    for code in codes:
        field = np.zeros((height, width), np.float32)
        for scale, weight in ((500, 1.0), (125, 0.7), (25, 0.5), (5, 0.35)):
            shape = (height // scale + 1, width // scale + 1)
            noise = rng.standard_normal(shape).astype(np.float32) * weight
            field += np.repeat(np.repeat(noise, scale, 0), scale, 1)[
                :height, :width
            ]
        better = field > best
        best[better] = field[better]
        out[better] = code
    salt = rng.random((height, width), dtype=np.float32) < 0.01
    out[salt] = rng.choice(codes, int(salt.sum()))
    return out


def write(path: Path, side: int, codes: np.ndarray, seed: int, crs: str,
          transform: Affine, overviews: Sequence[int] = (),
          **options: Any) -> str:  # fmt: skip
    """Write a square tile unless an earlier run did."""
    if not path.exists():
        part = path.with_suffix('.part')
        with rasterio.open(
            part, 'w', driver='GTiff', count=1, dtype='uint8', crs=crs,
            height=side, width=side, tiled=True, transform=transform,
            **options,
        ) as sink:  # fmt: skip
            sink.write(blobs(side, side, codes, seed), 1)
            if overviews:
                sink.build_overviews(overviews)
        part.rename(path)
    return str(path)


def globeland30(folder: Path) -> list[tuple[str, list[str]]]:
    """Tiles by zone; each zone reaches 21 km beyond the border."""
    zones = []
    side, cell = 8000, 30.0
    for zone, beyond in ((49, side - 700), (50, 700)):
        crs = f'EPSG:326{zone}'
        x, y = transformer('EPSG:4326', crs).transform(BORDER, MIDDLE)
        left = round(x) - beyond * cell
        files = [
            write(
                folder / f'n{zone}_{30 - 5 * part:02d}_2010LC030.tif',
                side, GL_CODES, 10 * zone + part, crs,
                Affine(cell, 0, left, 0, -cell, top),
                compress='lzw', blockxsize=256, blockysize=256,
            )
            for part, top in enumerate((round(y) + side * cell, round(y)))
        ]  # fmt: skip
        zones.append((crs, files))
    return zones


def worldcover(folder: Path) -> list[tuple[str, list[str]]]:
    """One tile of one degree around the border."""
    file = write(
        folder / 'ESA_WorldCover_10m_2021_v200_N30E114_Map.tif',
        12000, WC_CODES, 3, 'EPSG:4326',
        Affine(1 / 12000, 0, 113.5, 0, -1 / 12000, 31.5),
        # As in the delivered tiles.
        compress='deflate', blockxsize=1024, blockysize=1024,
        overviews=[2, 4, 8, 16, 32, 64],
    )  # fmt: skip
    return [('EPSG:4326', [file])]
