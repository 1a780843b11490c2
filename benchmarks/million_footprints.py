"""One million footprints over 60 tiles in GlobeLand30 layout, indexed.

The tiles are the four of tile_layouts.py under other places: ten UTM zones
by six rows. A table of footprints (squares of 256 px at 2 to 16 m) is made
once; then tools/label_footprints.py is run on it with one worker and with
two, in turn, and timed from start to exit: reading the table, sorting it by
tile, asking the land cover, writing GeoParquet. Then the same on a Dask
cluster of one worker and of two that was there before and has done a small
table, as clusters are used. Medians over the rounds.
Memory is the largest sum over all processes of a run, each process counted
with its proportional share of shared pages (PSS), looked at ten times a
second.

example: python benchmarks/million_footprints.py --n 1000000 --rounds 3
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import reporting

ROOT = Path(__file__).resolve().parents[1]
ZONES = range(41, 51)
ROWS = 6
SIDE, CELL = 8000, 30.0
LEVIR_KR = 1_431_950


def make_tiles(folder: Path) -> Path:
    """Sixty tiles, each a copy of one of four under its own georeference."""
    import rasterio
    import tile_layouts
    from affine import Affine

    target = folder / 'sixty'
    target.mkdir(exist_ok=True)
    sources = [f for _, fs in tile_layouts.globeland30(folder) for f in fs]
    for zone in ZONES:
        for row in range(ROWS):
            path = target / f'n{zone}_{20 + row:02d}_2010LC030.tif'
            if path.exists():
                continue
            part = path.with_suffix('.part')
            shutil.copy(sources[(zone + row) % len(sources)], part)
            top = 2_400_000.0 + (row + 1) * SIDE * CELL
            left = 500_000.0 - SIDE * CELL / 2
            with rasterio.open(part, 'r+') as tile:
                tile.crs = f'EPSG:326{zone}'
                tile.transform = Affine(CELL, 0, left, 0, -CELL, top)
            part.rename(path)
    return target


def squares(n: int, seed: int = 0) -> np.ndarray:
    """Squares of 256 px at 2 to 16 m in the tiles, corners in degrees."""
    from geokr_mm.geo.core.crs import transformer

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


def make_table(folder: Path, n: int) -> Path:
    """The footprints as GeoParquet, in random order."""
    import geopandas
    import shapely

    path = folder / f'footprints_{n}.parquet'
    if not path.exists():
        part = path.with_suffix('.part')
        geopandas.GeoDataFrame(
            {'name': [f'patch_{i}' for i in range(n)]},
            geometry=shapely.polygons(squares(n)),
            crs='EPSG:4326',
        ).to_parquet(part, row_group_size=65536)
        part.rename(path)
    return path


def group_pss(leader: int) -> int:
    """Bytes that all processes of a group hold, shared pages shared out."""
    total = 0
    for name in os.listdir('/proc'):
        if not name.isdigit():
            continue
        try:
            if os.getpgid(int(name)) != leader:
                continue
            text = Path(f'/proc/{name}/smaps_rollup').read_text()
        except OSError:
            continue
        for line in text.splitlines():
            if line.startswith('Pss:'):
                total += 1024 * int(line.split()[1])
    return total


def measured(command: list[str]) -> tuple[float, float, int]:
    """Wall seconds, CPU seconds and peak bytes of a command's processes."""
    env = {**os.environ, 'OMP_NUM_THREADS': '1', 'NUMBA_NUM_THREADS': '1'}
    env['PYTHONPATH'] = str(ROOT)
    before = os.times()
    start = time.monotonic()
    peak = 0
    with subprocess.Popen(
        command, cwd=ROOT, env=env, start_new_session=True
    ) as process:
        over = threading.Event()

        def watch() -> None:
            nonlocal peak
            while not over.wait(0.1):
                peak = max(peak, group_pss(process.pid))

        watcher = threading.Thread(target=watch)
        watcher.start()
        status = process.wait()
        wall = time.monotonic() - start
        over.set()
        watcher.join()
    if status:
        raise SystemExit(f'{command[1]} failed with status {status}')
    after = os.times()
    used = (after.children_user + after.children_system) - (
        before.children_user + before.children_system
    )
    return wall, used, peak


def run(tiles: Path, table: Path, out: Path, *who: str) -> dict[str, Any]:
    """Label the table once."""
    shutil.rmtree(out, ignore_errors=True)
    wall, cpu, peak = measured(
        [
            sys.executable, 'tools/label_footprints.py', '--footprints',
            str(table), '--product', 'globeland30', '--land-cover',
            str(tiles), *who, '--out', str(out), '--quiet',
        ]
    )  # fmt: skip
    return {'wall': wall, 'cpu': cpu, 'peak': peak}


def on_cluster(tiles: Path, tables: list[Path], out: Path, n: int) -> float:
    """Seconds of the last table on a cluster that did the others before."""
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=n, threads_per_worker=1, processes=True, host='127.0.0.1',
        dashboard_address='127.0.0.1:0',
    ) as cluster:  # fmt: skip
        who = ('--scheduler', cluster.scheduler_address)
        walls = [run(tiles, table, out, *who)['wall'] for table in tables]
    return float(walls[-1])


def digest(out: Path) -> str:
    """SHA-256 over all files of a result."""
    import hashlib

    found = hashlib.sha256()
    for path in sorted(out.iterdir()):
        found.update(path.name.encode() + path.read_bytes())
    return found.hexdigest()


def main() -> None:
    """Parse the command line and measure."""
    parser = reporting.parser(__doc__)
    parser.add_argument('--n', type=int, default=1_000_000)
    parser.add_argument('--rounds', type=int, default=3)
    parser.add_argument(
        '--data',
        type=Path,
        default=Path(tempfile.gettempdir()) / 'geokr_mm_fractions',
        help='where tiles and footprints are made and kept',
    )
    args = parser.parse_args()
    # For the workers of the clusters, which inherit them.
    os.environ.update(OMP_NUM_THREADS='1', NUMBA_NUM_THREADS='1')
    os.environ['PYTHONPATH'] = str(ROOT)
    args.data.mkdir(parents=True, exist_ok=True)
    tiles = make_tiles(args.data)
    table = make_table(args.data, args.n)
    small = make_table(args.data, 20_000)
    outs = {w: args.data / f'labelled_{w}' for w in (0, 1, 2)}
    clusters: dict[int, list[float]] = {1: [], 2: []}
    rounds: dict[int, list[dict[str, Any]]] = {1: [], 2: []}
    for number in range(args.rounds):
        # In turn, and each first in half of the rounds: drift hits both.
        for workers in (1, 2) if number % 2 == 0 else (2, 1):
            rounds[workers].append(
                run(tiles, table, outs[workers], '--workers', str(workers))
            )
            clusters[workers].append(
                on_cluster(tiles, [small, table], outs[0], workers)
            )
    if len({digest(out) for out in outs.values()}) != 1:
        raise SystemExit('one worker and two wrote different bytes')

    def median(workers: int, key: str) -> float:
        return statistics.median(r[key] for r in rounds[workers])

    seconds = median(2, 'wall')
    rate = args.n / seconds
    size = sum(p.stat().st_size for p in outs[2].iterdir())
    found = {
        'footprints': args.n,
        'tiles': len(list(tiles.glob('*.tif'))),
        'rounds': args.rounds,
        'seconds_1_worker': round(median(1, 'wall'), 2),
        'seconds_2_workers': round(seconds, 2),
        'ratio_2_over_1': round(median(1, 'wall') / seconds, 3),
        'seconds_cluster_of_1': round(statistics.median(clusters[1]), 2),
        'seconds_cluster_of_2': round(statistics.median(clusters[2]), 2),
        'ratio_cluster_2_over_1': round(
            statistics.median(clusters[1]) / statistics.median(clusters[2]), 3
        ),
        'cpu_seconds_1_worker': round(median(1, 'cpu'), 2),
        'cpu_seconds_2_workers': round(median(2, 'cpu'), 2),
        'footprints_per_second': round(rate),
        'peak_gib': round(max(r['peak'] for r in rounds[2]) / 2**30, 3),
        'peak_gib_1_worker': round(
            max(r['peak'] for r in rounds[1]) / 2**30, 3
        ),
        'mib_written': round(size / 2**20, 1),
        'levir_kr_seconds': round(LEVIR_KR / rate, 1),
        'billion_hours': round(1e9 / rate / 3600, 2),
    }
    reporting.report(found, args)


if __name__ == '__main__':
    main()
