"""Reading for training: rates and memory, both sides of each ratio in turn.

Rates are of CPU time, with one thread; the sides of a ratio take short turns
in one process, with 64 MiB of GDAL's cache:

bare           rasterio alone: one open file, one GDAL environment, random
               windows on the blocks of a file of 8192 x 8192 pixels
patches        read_patch of the same windows
samples        GeoKRDataset of the same windows: label, CRC, stretch, copy
decoder        simplejpeg alone: the packed JPEG of the windows, in memory
opencv         OpenCV alone: the same
packed         read_patch of the same windows, packed as JPEG
packed_samples GeoKRDataset of them
crops16        rasterio: a file for each patch of four bands of 16 bits
packed16       read_patch of the same patches, packed
random         GeoKRDataset over many files, patches of 64 pixels, any order
sampler        the same in the order of geokr_mm.SceneSampler, if there is one
open_index     an index of --rows rows opened and 2,000 of its rows read: the
               process's own memory, and what it maps and shares
shared         the same in two processes at once
torchgeo       RasterDataset with RandomGeoSampler over the file of 8192 x
               8192 pixels, with the interpreter --torchgeo, which then
               measures all; left out, with a note, where it has none

--before names a checkout of an earlier version, which is measured in turn.

example: python benchmarks/reading.py --scenes 2000 --rows 1000000 --json
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import reading_data
import reading_parts
import reporting

ROOT = Path(__file__).resolve().parents[1]
# Measured together, in one process.
ONE_FILE = (
    'bare', 'patches', 'samples', 'decoder', 'opencv', 'packed',
    'packed_samples',
)  # fmt: skip
BITS16 = ('crops16', 'packed16')
MANY = ('random', 'sampler')
MEMORY = ('open_index', 'shared')
BEFORE = ('patches', 'samples', 'random', 'open_index')


def run(
    parts: Sequence[str], args: argparse.Namespace, root: Path, python: str
) -> dict[str, float]:
    """Some parts in a process of their own, with the package in ``root``."""
    env = {**os.environ, 'PYTHONPATH': str(root), 'OMP_NUM_THREADS': '1'}
    done = subprocess.run(
        [
            python, __file__, '--parts', *parts, '--data', str(args.data),
            '--scenes', str(args.scenes), '--rows', str(args.rows),
            '--seconds', str(args.seconds),
        ],
        env=env, stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    """Parse the command line and measure."""
    parser = reporting.parser(__doc__)
    parser.add_argument('--scenes', type=int, default=2000)
    parser.add_argument('--rows', type=int, default=1_000_000)
    parser.add_argument('--seconds', type=float, default=3.0)
    parser.add_argument('--before', type=Path, help='checkout to compare with')
    parser.add_argument(
        '--torchgeo', default=sys.executable, help='interpreter that has it'
    )
    parser.add_argument('--only', nargs='+', help='parts to run')
    parser.add_argument('--parts', nargs='+', help=argparse.SUPPRESS)
    parser.add_argument(
        '--data',
        type=Path,
        default=Path(tempfile.gettempdir()) / 'geokr_mm_reading',
        help='where scenes and indexes are made and kept',
    )
    args = parser.parse_args()
    if args.parts:
        (part, *_) = args.parts
        if part in MEMORY:
            found = getattr(reading_parts, part)(args)
            found = {f'{part}_{name}': n for name, n in found.items()}
        else:
            found = reading_parts.measure(args.parts, args)
        print(json.dumps(found))
        return
    args.data.mkdir(parents=True, exist_ok=True)
    reading_data.make_data(args.data, args.scenes, args.rows)
    found = {}
    python, sides = sys.executable, ONE_FILE
    has = 'import importlib.util as u; exit(u.find_spec("torchgeo") is None)'
    if subprocess.run([args.torchgeo, '-c', has]).returncode:
        print(f'no torchgeo in {args.torchgeo}: left out', file=sys.stderr)
    else:
        python, sides = args.torchgeo, (*ONE_FILE, 'torchgeo')
    for parts in (sides, BITS16, MANY, *((part,) for part in MEMORY)):
        chosen = [p for p in parts if not args.only or p in args.only]
        if chosen:
            # torchgeo's libraries would count as memory.
            its = sys.executable if chosen[0] in MEMORY else python
            found |= run(chosen, args, ROOT, its)
        old = [part for part in chosen if part in BEFORE]
        if args.before and old:
            before = run(old, args, args.before, sys.executable)
            found |= {f'before_{name}': n for name, n in before.items()}
    found = {name: round(number, 1) for name, number in found.items()}
    for over, under in (
        ('patches', 'bare'), ('samples', 'bare'), ('samples', 'torchgeo'),
        ('patches', 'torchgeo'), ('samples', 'before_samples'),
        ('patches', 'before_patches'), ('sampler', 'before_random'),
        ('sampler', 'random'), ('packed', 'decoder'), ('packed', 'opencv'),
        ('packed_samples', 'decoder'), ('packed', 'torchgeo'),
        ('packed_samples', 'torchgeo'), ('packed16', 'crops16'),
    ):  # fmt: skip
        if {f'{over}_rate', f'{under}_rate'} <= set(found):
            ratio = found[f'{over}_rate'] / found[f'{under}_rate']
            found[f'{over}_over_{under}'] = round(ratio, 2)
    reporting.report(found, args)


if __name__ == '__main__':
    main()
