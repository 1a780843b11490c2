"""Indexes of small scenes with the bands of real sensors."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin

# Codes of WorldCover whose common classes are eight.
CODES = (10, 30, 40, 50, 60, 70, 80, 90)
SHAPE, METRES = (256, 512), 100.0


def write_raster(path: Path, planes: np.ndarray, bands: Sequence[str]) -> None:
    """Write planes of a place in Austria with names of bands."""
    count, height, width = planes.shape
    with rasterio.open(
        path,
        'w',
        driver='GTiff',
        count=count,
        height=height,
        width=width,
        dtype=planes.dtype,
        crs='EPSG:32633',
        transform=from_origin(500000.0, 5300000.0, METRES, METRES),
    ) as sink:
        sink.write(planes)
        sink.descriptions = tuple(bands)


@pytest.fixture(scope='session')
def scene_index(
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[tuple[str, ...]], Path]:
    """Index of one seeded scene by its bands, 32 patches of 64 pixels."""
    from geokr_mm.geo.pipeline.cli import main

    folder = tmp_path_factory.mktemp('scenes')
    rng = np.random.default_rng(0)
    blocks = rng.integers(0, len(CODES), (8, 16))
    codes = np.kron(np.array(CODES, np.uint8)[blocks], np.ones((32, 32)))
    write_raster(folder / 'map.tif', codes.astype(np.uint8)[None], ['Map'])

    def make(bands: tuple[str, ...]) -> Path:
        name = folder / '-'.join(bands)
        out = name.with_suffix('.parquet')
        if out.exists():
            return out
        kind, most = (np.uint8, 255) if len(bands) == 3 else (np.uint16, 4000)
        planes = rng.integers(most // 10, most, (len(bands), *SHAPE))
        write_raster(name.with_suffix('.tif'), planes.astype(kind), bands)
        main(
            [
                *('--scenes', str(name.with_suffix('.tif'))),
                *('--product', 'worldcover', '--year', '2021'),
                *('--land-cover', str(folder / 'map.tif')),
                *('--legend', 'common', '--patch-size', '64'),
                *('--out', str(out), '--quiet'),
            ]
        )
        return out

    return make
