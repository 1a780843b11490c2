"""Damage in an archive of scenes: what a build of an index notices.

Writes N small GeoTIFFs in four codecs, lists their checksums, damages one in
a hundred in five ways (truncated, bytes flipped, a block of zeros, a web page
saved as .tif, 0 bytes), builds the index and compares its quarantine table
with the list of damaged files. Prints for each way how many were found and
missed, how many good files were listed, and seconds, memory and open files.

example: python benchmarks/damage.py --n 10000 --json
"""

import csv
import os
import resource
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import rasterio
import reporting
from rasterio.transform import from_origin

from geokr_mm.geo import BuildOptions, build_index
from geokr_mm.geo.scenes.checksums import write_checksums
from geokr_mm.geo.scenes.quarantine import quarantine_path

KINDS = ('truncated', 'flipped', 'zeros', 'web_page', 'empty')
CODECS = (None, 'deflate', 'lzw', 'zstd')
SIDE, CELL = 64, 10.0
ORIGIN = (500_000.0, 5_100_000.0)
CODES = np.array([10, 20, 30, 40, 50, 60, 80, 90], np.uint8)
WEB_PAGE = b'<!DOCTYPE html><html><body>503 Service Unavailable</body></html>'


def make_archive(folder: Path, n: int, seed: int) -> tuple[Path, Path]:
    """Scenes side by side and one map below them all.

    Returns:
        tuple: Folder of the scenes, and the map.
    """
    rng = np.random.default_rng(seed)
    columns = int(np.ceil(n**0.5))
    scenes = folder / 'scenes'
    scenes.mkdir(parents=True)
    coarse = rng.integers(30, 220, (3, 40, 40)).repeat(4, 1).repeat(4, 2)
    texture = coarse + rng.integers(-20, 20, coarse.shape)
    for number in range(n):
        row, col = divmod(number, columns)
        shift = rng.integers(0, 96, 2)
        pixels = texture[
            :, shift[0] : shift[0] + SIDE, shift[1] : shift[1] + SIDE
        ].astype(np.uint8)
        left = ORIGIN[0] + col * SIDE * CELL
        top = ORIGIN[1] - row * SIDE * CELL
        with rasterio.open(
            scenes / f'{number:06d}.tif', 'w', driver='GTiff', count=3,
            height=SIDE, width=SIDE, dtype='uint8', crs='EPSG:32633',
            transform=from_origin(left, top, CELL, CELL),
            compress=CODECS[number % len(CODECS)],
        ) as sink:  # fmt: skip
            sink.write(pixels)
    cells = columns * SIDE // 4
    codes = CODES[rng.integers(0, len(CODES), (cells // 8 + 1,) * 2)]
    codes = codes.repeat(8, 0).repeat(8, 1)
    cover = folder / 'cover.tif'
    with rasterio.open(
        cover, 'w', driver='GTiff', count=1, height=codes.shape[0],
        width=codes.shape[1], dtype='uint8', crs='EPSG:32633',
        transform=from_origin(*ORIGIN, 4 * CELL, 4 * CELL), tiled=True,
        compress='deflate',
    ) as sink:  # fmt: skip
        sink.write(codes, 1)
    return scenes, cover


def damage(path: Path, kind: str, rng: np.random.Generator) -> None:
    """Spoil a file in one of :data:`KINDS`; its bytes surely change."""
    data = path.read_bytes()
    if kind == 'truncated':
        data = data[: int(len(data) * rng.uniform(0.2, 0.95))]
    elif kind == 'flipped':
        changed = bytearray(data)
        for place in rng.choice(len(data), 2, replace=False):
            changed[place] ^= int(rng.integers(1, 256))
        data = bytes(changed)
    elif kind == 'zeros':
        length = len(data) // 4
        start = int(rng.integers(0, len(data) - length))
        data = data[:start] + bytes(length) + data[start + length :]
    elif kind == 'web_page':
        data = WEB_PAGE
    else:
        data = b''
    path.write_bytes(data)


def damage_some(scenes: Path, share: float, seed: int) -> dict[str, str]:
    """Damage a share of the files, the five ways in turn.

    Returns:
        dict[str, str]: File name to the way it was damaged.
    """
    rng = np.random.default_rng(seed)
    files = sorted(scenes.iterdir())
    count = max(len(KINDS), round(share * len(files)))
    chosen = rng.choice(len(files), count, replace=False)
    done = {}
    for place, number in enumerate(chosen):
        kind = KINDS[place % len(KINDS)]
        damage(files[number], kind, rng)
        done[files[number].name] = kind
    return done


class OpenFiles:
    """Counts this process's open files in the background."""

    def __init__(self) -> None:
        self.before = self.most = count_open()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> 'OpenFiles':
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._thread.join()
        self.after = count_open()

    def _watch(self) -> None:
        while not self._over.wait(0.05):
            self.most = max(self.most, count_open())


def count_open() -> int:
    """Open file descriptors of this process."""
    return len(os.listdir('/proc/self/fd'))


def measure(
    folder: Path,
    n: int,
    share: float = 0.01,
    seed: int = 0,
    with_list: bool = True,
    workers: int = 1,
) -> dict[str, object]:
    """Make, damage, build, compare.

    Args:
        folder (Path): Empty folder to work in.
        n (int): Files.
        share (float): Share of them that is damaged.
        seed (int): Of content and damage.
        with_list (bool): Compare with checksums made before the damage.
        workers (int): See ``tools/build_index.py``.
    """
    scenes, cover = make_archive(folder, n, seed)
    files = [str(p) for p in sorted(scenes.iterdir())]
    listed = folder / 'scenes.sha256'
    write_checksums(files, listed)
    damaged = damage_some(scenes, share, seed + 1)
    options = BuildOptions(
        scenes=(str(scenes),),
        product='worldcover',
        land_cover=(str(cover),),
        patch_size=SIDE,
        out=str(folder / 'index.parquet'),
        year=2021,
        without=('dark', 'cloud'),
        checksums=str(listed) if with_list else None,
    )
    start = time.monotonic()
    with OpenFiles() as handles:
        summary = build_index(
            options,
            workers=workers,
            max_bad_fraction=max(2 * share, 2 * len(damaged) / n),
        )
    wall = time.monotonic() - start
    table = quarantine_path(options.out)
    found: dict[str, str] = {}
    if table.exists():
        with table.open(newline='') as stream:
            for row in csv.DictReader(stream):
                found[Path(row['file']).name] = row['reason']
    kinds = {}
    for kind in KINDS:
        mine = [f for f, k in damaged.items() if k == kind]
        seen = sum(f in found for f in mine)
        kinds[kind] = {'found': seen, 'missed': len(mine) - seen}
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        'files': n,
        'damaged': len(damaged),
        'found': sum(f in found for f in damaged),
        'missed': sum(f not in found for f in damaged),
        'false': sum(f not in damaged for f in found),
        'kinds': kinds,
        'reasons': summary.left_out,
        'patches': summary.patches,
        'checksums': with_list,
        'wall_s': round(wall, 1),
        'peak_mib': memory // 1024,
        'open_files_before': handles.before,
        'open_files_most': handles.most,
        'open_files_after': handles.after,
    }


def main() -> None:
    """Parse the command line and measure."""
    parser = reporting.parser(__doc__)
    parser.add_argument('--n', type=int, default=10_000)
    parser.add_argument('--share', type=float, default=0.01)
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--workers', type=int, default=1)
    parser.add_argument(
        '--no-checksums',
        action='store_true',
        help='show what can be found without a list made before',
    )
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        result = measure(
            Path(folder), args.n, args.share, args.seed,
            not args.no_checksums, args.workers,
        )  # fmt: skip
    reporting.report(result, args)


if __name__ == '__main__':
    main()
