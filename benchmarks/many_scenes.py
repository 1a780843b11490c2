"""An index over very many tiny scenes: what the master process holds.

Makes scenes of 16 x 16 pixels, each a GeoTIFF of its own at its own place, and
one map under all of them; then runs tools/build_index.py and reports the
largest resident memory of its master process and of its workers, the seconds
of each phase, the size of the index's footer, and whether the index reads
back: every row, and the pixels of random patches against the scenes.

example: python benchmarks/many_scenes.py --n 200000 --json
"""

import json
import math
import os
import re
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import rasterio
import reporting
from affine import Affine
from rasterio.io import MemoryFile

ROOT = Path(__file__).resolve().parents[1]
SIDE, BANDS, CELL = 16, 3, 10.0
LEFT, TOP = 200_000.0, 5_500_000.0
CRS = 'EPSG:32633'
# Files of a folder, as archives are kept.
FOLDER = 1000
CODES = np.array([10, 20, 30, 40, 50, 60, 80, 90], np.uint8)
# Runs the tool in this process and tells the memory of it, and of the largest
# of the processes that it started.
TOOL = """
import json, resource, runpy, sys
_, result, *sys.argv = sys.argv
try:
    runpy.run_path(sys.argv[0], run_name='__main__')
finally:
    most = [
        resource.getrusage(who).ru_maxrss * 1024
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    ]
    with open(result, 'w') as sink:
        json.dump(most, sink)
"""


def template(pixels: np.ndarray, left: float, top: float) -> bytes:
    """A scene's file."""
    with MemoryFile() as memory:
        with memory.open(
            driver='GTiff', count=BANDS, height=SIDE, width=SIDE,
            dtype='uint8', crs=CRS, interleave='pixel',
            transform=Affine(CELL, 0, left, 0, -CELL, top),
        ) as sink:  # fmt: skip
            sink.write(pixels)
        return bytes(memory.getbuffer())


def make_scenes(folder: Path, n: int) -> Path:
    """A folder of scenes side by side in a square.

    Only place and pixels differ, so they are exchanged in the bytes of one
    file: writing each with GDAL takes longer than indexing it.
    """
    target = folder / f'scenes_{n}'
    if target.exists():
        return target
    draft = target.with_suffix('.part')
    rng = np.random.default_rng(0)
    known = rng.integers(1, 255, (BANDS, SIDE, SIDE), np.uint8)
    plain = template(known, LEFT, TOP)
    stored = known.transpose(1, 2, 0).tobytes()
    corner = struct.pack('<2d', LEFT, TOP)
    assert plain.count(stored) == plain.count(corner) == 1
    across = math.ceil(n**0.5)
    for number in range(n):
        place = draft / f'{number // FOLDER:04d}'
        if number % FOLDER == 0:
            place.mkdir(parents=True, exist_ok=True)
        x = LEFT + number % across * SIDE * CELL
        y = TOP - number // across * SIDE * CELL
        base = rng.integers(20, 180, (1, 1, BANDS), np.uint8)
        noise = rng.integers(0, 60, (SIDE, SIDE, BANDS), np.uint8)
        day = f'2021{number % 12 + 1:02d}{number % 28 + 1:02d}'
        (place / f's{number:07d}_{day}.tif').write_bytes(
            plain.replace(corner, struct.pack('<2d', x, y)).replace(
                stored, (base + noise).tobytes()
            )
        )
    draft.rename(target)
    return target


def make_map(folder: Path, n: int) -> Path:
    """A map in WorldCover's codes under the scenes, 30 m cells."""
    path = folder / f'map_{n}.tif'
    side = math.ceil(math.ceil(n**0.5) * SIDE * CELL / 30.0)
    rng = np.random.default_rng(1)
    blobs = CODES[rng.integers(0, len(CODES), (side // 20 + 1,) * 2)]
    codes = np.kron(blobs, np.ones((20, 20), np.uint8))[:side, :side]
    with rasterio.open(
        path, 'w', driver='GTiff', count=1, height=side, width=side,
        dtype='uint8', crs=CRS, compress='deflate', tiled=True,
        transform=Affine(30.0, 0, LEFT, 0, -30.0, TOP),
    ) as sink:  # fmt: skip
        sink.write(codes, 1)
    return path


def build(scenes: Path, cover: Path, args: Any, out: Path) -> dict[str, Any]:
    """Run the tool; seconds of its phases, and bytes of its processes."""
    result = out.with_suffix('.memory.json')
    command = [
        sys.executable, '-c', TOOL, str(result), str(ROOT / 'tools' /
        'build_index.py'), '--scenes', str(scenes), '--product', 'worldcover',
        '--year', '2021', '--land-cover', str(cover), '--patch-size',
        str(args.patch_size), '--grid', str(args.grid), '--workers',
        str(args.workers), '--out', str(out),
    ]  # fmt: skip
    env = {**os.environ, 'PYTHONPATH': str(ROOT), 'OMP_NUM_THREADS': '1'}
    start = time.monotonic()
    ends: dict[str, float] = {}
    with subprocess.Popen(
        command, cwd=ROOT, env=env, stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL, text=True,
    ) as process:  # fmt: skip
        assert process.stderr is not None
        for line in process.stderr:
            told = re.match(r'(.+): (\d+)/(\d+), ', line)
            if told is None:
                print(line, end='', file=sys.stderr)
                continue
            ends.setdefault(f'before {told[1]}', time.monotonic())
            ends[told[1]] = time.monotonic()
    if process.returncode:
        raise SystemExit(f'the build failed with status {process.returncode}')
    ends['writing'] = time.monotonic()
    seconds = {'seconds': round(ends['writing'] - start, 1)}
    for name, end in ends.items():
        key = f'seconds_{name.replace(" ", "_")}'
        seconds[key], start = round(end - start, 1), end
    master, largest = json.loads(result.read_text())
    result.unlink()
    return {
        **seconds,
        'master_gib': round(master / 2**30, 3),
        'largest_worker_gib': round(largest / 2**30, 3),
    }


def footer_bytes(path: Path) -> int:
    """Length of a Parquet file's footer, which stands before its end."""
    with path.open('rb') as stream:
        stream.seek(-8, os.SEEK_END)
        return int(struct.unpack('<I', stream.read(4))[0])


def read_back(path: Path, patches: int = 100) -> dict[str, Any]:
    """Open the index and read some patches at random."""
    from geokr_mm.geo import KnowledgeIndex, read_patch

    start = time.monotonic()
    index = KnowledgeIndex.open(path)
    seconds = time.monotonic() - start
    rng = np.random.default_rng(2)
    for i in rng.integers(0, len(index), patches):
        record = index.record(int(i))
        with rasterio.open(record.files[0]) as scene:
            w = record.window
            whole = scene.read()[:, w.row : w.row + w.height]
            expected = whole[..., w.col : w.col + w.width]
            lon, lat = scene.lnglat()
        if not np.array_equal(read_patch(record, verify=True), expected):
            raise SystemExit(f'{record.patch_id}: other pixels')
        if math.dist((lon, lat), (record.lon, record.lat)) > 0.01:
            raise SystemExit(f'{record.patch_id}: another place')
    scenes = len(index.table['scene'].unique())
    return {
        'rows': len(index),
        'scenes': scenes,
        'open_seconds': round(seconds, 2),
        'patches_read_back': patches,
    }


def main() -> None:
    """Parse the command line, build and report."""
    parser = reporting.parser(__doc__)
    parser.add_argument('--n', type=int, default=200_000, help='scenes')
    parser.add_argument('--patch-size', type=int, default=SIDE)
    parser.add_argument('--grid', type=int, default=2)
    parser.add_argument('--workers', type=int, default=2)
    parser.add_argument(
        '--data',
        type=Path,
        default=Path(tempfile.gettempdir()) / 'geokr_mm_many_scenes',
        help='where scenes, map and index are made and kept',
    )
    args = parser.parse_args()
    args.data.mkdir(parents=True, exist_ok=True)
    scenes = make_scenes(args.data, args.n)
    cover = make_map(args.data, args.n)
    out = args.data / f'index_{args.n}.parquet'
    found: dict[str, Any] = {'workers': args.workers}
    found |= build(scenes, cover, args, out)
    found['file_mib'] = round(out.stat().st_size / 2**20, 1)
    found['row_groups'] = pq.read_metadata(out).num_row_groups
    found['footer_bytes'] = footer_bytes(out)
    found |= read_back(out)
    reporting.report(found, args)


if __name__ == '__main__':
    main()
