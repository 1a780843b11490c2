#!/usr/bin/env python
"""How many patches a second the streamed planet gives.

Each process streams places of its own, as data-loader workers do. A place is
made in one go and its first patch waits for it, so the rate is taken over
whole places: patches of ``--places`` places by the time all processes took.

example: python benchmarks/world_stream.py --processes 1 2 --reuse 4 16
"""

import json
import time
from concurrent.futures import ProcessPoolExecutor
from itertools import takewhile
from multiprocessing import get_context

import reporting

from geokr_mm.world.pipeline.presets import PRESETS
from geokr_mm.world.pipeline.stream import stream_patches


def count(rank: int, ranks: int, places: int, reuse: int, preset: str) -> int:
    """Patches of the first places of one process."""
    seen: set[str] = set()

    def wanted(place: str) -> bool:
        seen.add(place)
        return len(seen) <= places

    stream = stream_patches(PRESETS[preset], 0, rank, ranks, reuse)
    return sum(1 for _ in takewhile(lambda p: wanted(p.place), stream))


def rate(processes: int, places: int, reuse: int, preset: str) -> float:
    """Patches a second of all processes together."""
    with ProcessPoolExecutor(
        processes, mp_context=get_context('spawn')
    ) as pool:
        # Imports are not what is measured.
        list(pool.map(int, range(processes)))
        start = time.monotonic()
        jobs = [
            (r, processes, places, reuse, preset) for r in range(processes)
        ]
        total = sum(pool.map(count, *zip(*jobs, strict=True)))
        return total / (time.monotonic() - start)


def main() -> None:
    """Parse the command line and measure."""
    parser = reporting.parser(__doc__, 'benchmarks/world_stream.csv')
    parser.add_argument('--preset', default='large')
    parser.add_argument('--processes', type=int, nargs='+', default=[1, 2])
    parser.add_argument('--reuse', type=int, nargs='+', default=[4, 16])
    parser.add_argument('--places', type=int, default=3)
    args = parser.parse_args()
    rows = [
        {
            'preset': args.preset,
            'places': args.places,
            'reuse': reuse,
            'processes': processes,
            'patches_per_second': round(
                rate(processes, args.places, reuse, args.preset), 1
            ),
        }
        for reuse in args.reuse
        for processes in args.processes
    ]
    reporting.write_rows(args.out, rows)
    if args.json:
        found = {
            f'rate_reuse_{row["reuse"]}_processes_{row["processes"]}': row[
                'patches_per_second'
            ]
            for row in rows
        }
        print(json.dumps(found))
    else:
        for row in rows:
            print(row)


if __name__ == '__main__':
    main()
