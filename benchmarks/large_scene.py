#!/usr/bin/env python
"""Memory and time of tools/predict_cover.py on one large scene.

Makes a scene of SIDE x SIDE pixels of 10 m with the bands of a checkpoint and
a map of 30 m under it, runs the tool, and reports the largest resident memory
of its process and of its workers. The checkpoint must have been trained on
brightness or counts, with the ten common classes.

example: python benchmarks/large_scene.py epoch_20.pth --side 20000 --json
"""

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import rasterio
import reporting
from affine import Affine
from rasterio.windows import Window

from geokr_mm.export.checkpoint import read_checkpoint

ROOT = Path(__file__).resolve().parents[1]
TILE = 512
CODES = np.array([10, 20, 30, 40, 50, 60, 80, 90], np.uint8)


def make_raster(
    path: Path, side: int, step: float, bands: list[str], codes: bool,
    kind: str = 'uint8',
) -> None:  # fmt: skip
    """Random planes of blocks, or a map of blocks."""
    rng = np.random.default_rng(0)
    with rasterio.open(
        path, 'w', driver='GTiff', count=len(bands), width=side, height=side,
        dtype=kind, crs='EPSG:32633', tiled=True, blockxsize=TILE,
        blockysize=TILE, compress='deflate', nodata=0 if codes else None,
        transform=Affine(step, 0, 300_000.0, 0, -step, 5_300_000.0),
    ) as sink:  # fmt: skip
        if not codes:
            sink.descriptions = tuple(bands)
        for row in range(0, side, TILE):
            for col in range(0, side, TILE):
                coarse = rng.integers(1, 255, (len(bands), 32, 32), np.uint8)
                if codes:
                    coarse = CODES[coarse % len(CODES)]
                tile = coarse.repeat(TILE // 32, 1).repeat(TILE // 32, 2)
                high, wide = (min(TILE, side - n) for n in (row, col))
                part = tile[:, :high, :wide].astype(kind)
                sink.write(
                    part * (1 if kind == 'uint8' else 20),
                    window=Window(col, row, wide, high),
                )


def main() -> None:
    """Make the scene, run the tool and report."""
    parser = reporting.parser(__doc__)
    parser.add_argument('checkpoint', type=Path)
    parser.add_argument('--side', type=int, default=20_000)
    parser.add_argument('--stride', type=int)
    parser.add_argument('--workers', type=int, default=1)
    args = parser.parse_args()
    card = read_checkpoint(args.checkpoint)['meta']['geokr']
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        kind = 'uint8' if card['stored_units'].startswith('b') else 'uint16'
        make_raster(
            folder / 'scene.tif', args.side, 10, card['bands'], False, kind
        )
        there = folder / 'n33_45_2010lc030.tif'
        make_raster(there, -(-args.side // 3), 30, ['map'], True)
        command = [
            *(sys.executable, str(ROOT / 'tools' / 'predict_cover.py')),
            *(str(args.checkpoint), '--scenes', str(folder / 'scene.tif')),
            *('--product', 'globeland30', '--land-cover', str(there)),
            *('--out', str(folder / 'out'), '--workers', str(args.workers)),
            *('--device', 'cpu'),
        ]
        if args.stride:
            command += ['--stride', str(args.stride)]
        start = time.perf_counter()
        subprocess.run(command, check=True, stdout=sys.stderr)
        seconds = time.perf_counter() - start
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        size = sum(
            file.stat().st_size
            for file in (folder / 'out').rglob('*')
            if file.is_file()
        )
    reporting.report(
        dict(
            side=args.side,
            bands=len(card['bands']),
            workers=args.workers,
            stride=args.stride or 0,
            peak_mib=round(used.ru_maxrss / 1024),
            seconds=round(seconds),
            cpu_seconds=round(used.ru_utime + used.ru_stime),
            output_mib=round(size / 2**20),
        ),
        args,
    )


if __name__ == '__main__':
    main()
