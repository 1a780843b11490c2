"""Reading for training: rates and memory, both sides of each ratio in turn.

Each part runs in a process of its own, with one thread; rates are of CPU
time, the best round of each side:

bare           rasterio alone: one open file, one GDAL environment, random
               windows on the blocks of a file of 4096 x 4096 pixels
patches        read_patch of the same windows
samples        GeoKRDataset of the same windows: label, CRC, stretch, copy
decoder        OpenCV alone: the packed JPEG of the same windows, in memory
packed         read_patch of the same windows, packed as JPEG
packed_samples GeoKRDataset of them
crops16        rasterio: a file for each patch of four bands of 16 bits
packed16       read_patch of the same patches, packed
random         GeoKRDataset over many files, patches of 64 pixels, any order
sampler        the same in the order of geokr_mm.SceneSampler, if there is one
open_index     an index of --rows rows opened and 2,000 of its rows read: the
               process's own memory, and what it maps and shares
shared         the same in two processes at once
torchgeo       RasterDataset with RandomGeoSampler over the file of 4096 x
               4096 pixels, with the interpreter --torchgeo; left out, with a
               note, where that has no torchgeo

--before names a checkout of an earlier version, which is measured in turn.

example: python benchmarks/reading.py --scenes 2000 --rows 1000000 --json
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import reading_data
import reading_parts
import reporting

ROOT = Path(__file__).resolve().parents[1]


def run(
    part: str, args: argparse.Namespace, root: Path, python: str
) -> dict[str, Any]:
    """A part in a process of its own, with the package in ``root``."""
    env = {**os.environ, 'PYTHONPATH': str(root), 'OMP_NUM_THREADS': '1'}
    done = subprocess.run(
        [
            python, __file__, '--part', part, '--data', str(args.data),
            '--scenes', str(args.scenes), '--rows', str(args.rows),
            '--seconds', str(args.seconds),
        ],
        env=env, stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    """Parse the command line and measure."""
    parser = reporting.parser(__doc__)
    parser.add_argument('--scenes', type=int, default=2000)
    parser.add_argument('--rows', type=int, default=1_000_000)
    parser.add_argument('--rounds', type=int, default=3)
    parser.add_argument('--seconds', type=float, default=3.0)
    parser.add_argument('--before', type=Path, help='checkout to compare with')
    parser.add_argument(
        '--torchgeo', default=sys.executable, help='interpreter that has it'
    )
    parser.add_argument('--only', nargs='+', help='parts to run')
    parser.add_argument('--part', help=argparse.SUPPRESS)
    parser.add_argument(
        '--data',
        type=Path,
        default=Path(tempfile.gettempdir()) / 'geokr_mm_reading',
        help='where scenes and indexes are made and kept',
    )
    args = parser.parse_args()
    if args.part:
        print(json.dumps(getattr(reading_parts, args.part)(args)))
        return
    args.data.mkdir(parents=True, exist_ok=True)
    reading_data.make_data(args.data, args.scenes, args.rows)
    here = [
        *('bare', 'patches', 'samples', 'decoder', 'packed'),
        *('packed_samples', 'crops16', 'packed16', 'random', 'sampler'),
        *('open_index', 'shared'),
    ]
    sides = {part: (part, ROOT, sys.executable) for part in here}
    if args.before:
        for part in ('patches', 'samples', 'random', 'open_index'):
            sides[f'{part}_before'] = (part, args.before, sys.executable)
    has = 'import importlib.util as u; exit(u.find_spec("torchgeo") is None)'
    if subprocess.run([args.torchgeo, '-c', has]).returncode:
        print(f'no torchgeo in {args.torchgeo}: left out', file=sys.stderr)
    else:
        sides['torchgeo'] = ('torchgeo', ROOT, args.torchgeo)
    best: dict[str, dict[str, Any]] = {}
    for _ in range(args.rounds):
        for name, (part, root, python) in sides.items():
            if args.only and part not in args.only:
                continue
            one = run(part, args, root, python)
            if one['rate'] > best.get(name, {'rate': 0})['rate']:
                best[name] = one
    found: dict[str, Any] = {}
    for name, one in best.items():
        found |= {
            f'{name}_{key}': round(value, 1) for key, value in one.items()
        }
    for over, under in (
        ('patches', 'bare'), ('samples', 'bare'), ('samples', 'torchgeo'),
        ('patches', 'torchgeo'), ('samples', 'samples_before'),
        ('patches', 'patches_before'), ('sampler', 'random_before'),
        ('sampler', 'random'), ('open_index', 'open_index_before'),
        ('packed', 'decoder'), ('packed_samples', 'decoder'),
        ('packed', 'torchgeo'), ('packed_samples', 'torchgeo'),
        ('packed16', 'crops16'),
    ):  # fmt: skip
        if over in best and under in best:
            ratio = best[over]['rate'] / best[under]['rate']
            found[f'{over}_over_{under}'] = round(ratio, 2)
    reporting.report(found, args)


if __name__ == '__main__':
    main()
