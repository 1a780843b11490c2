#!/usr/bin/env python
"""How far a product's class fractions are from the truth, by noise source.

For every pre-training place of a preset, patches are laid over its middle;
their true fractions come from the true map of the scene's year at 4 m, the
product's from its 30 m cells by exact area. The distance is total
variation, half the sum of absolute differences: the share of a patch that
carries a wrong label. One CSV row per source, pixel size and patch size.

example: python benchmarks/world_noise.py --places 9
"""

import json
from dataclasses import replace
from itertools import product

import numpy as np
import reporting

from geokr_mm.world.core.grid import Grid
from geokr_mm.world.land import legend as lc
from geokr_mm.world.land.cover import settle, survey
from geokr_mm.world.land.place import make_place
from geokr_mm.world.pipeline.presets import LAST_YEAR, PRESETS
from geokr_mm.world.products.map_errors import ProductNoise, map_country

SIDE = 4320.0  # ground looked at in every place, metres
TRUE_STEP = 4.0
YEAR = 2017  # of the scenes; the middle of their range
GSDS = (2, 4, 8, 16)
PATCHES = (32, 64, 128, 256)
OFF = ProductNoise(lag=0, majority=False, unit=1, shift=0, confusion=0)


def sources(full: ProductNoise) -> dict[str, tuple[ProductNoise, int]]:
    """Errors and year of the map for every row of the table."""
    old = LAST_YEAR - full.lag
    return {
        'none (30 m cells)': (OFF, YEAR),
        'older year': (OFF, old),
        'majority': (replace(OFF, majority=full.majority), YEAR),
        'mapping unit': (replace(OFF, unit=full.unit), YEAR),
        'registration': (replace(OFF, shift=full.shift), YEAR),
        'confusion': (replace(OFF, confusion=full.confusion), YEAR),
        'all': (full, old),
    }


def window_fractions(
    codes: np.ndarray, step: float, size: float
) -> tuple[np.ndarray, np.ndarray]:
    """Fractions of square windows side by side, by exact area.

    Args:
        codes (array): (n, n), codes over ``SIDE`` metres.
        step (float): Cell, metres.
        size (float): Window, metres.

    Returns:
        tuple: Fractions (m, m, 10) over land, and land share (m, m).
    """
    count = int(SIDE // size)
    at = np.arange(count + 1) * size / step
    low = np.minimum(at.astype(int), codes.shape[0] - 1)
    part = at - low
    out = []
    for code in lc.CODES:
        table = np.zeros((codes.shape[0] + 1,) * 2)
        table[1:, 1:] = (codes == code).cumsum(0).cumsum(1)
        rows = table[low] + (table[low + 1] - table[low]) * part[:, None]
        both = rows[:, low] + (rows[:, low + 1] - rows[:, low]) * part
        out.append(np.diff(np.diff(both, axis=0), axis=1))
    area = np.stack(out, -1) * step * step
    land = area.sum(-1)
    return area / np.maximum(land, 1e-6)[..., None], land / size**2


def main() -> None:
    """Measure and write the rows."""
    parser = reporting.parser(__doc__, 'benchmarks/world_noise.csv')
    parser.add_argument('--preset', default='demo', choices=list(PRESETS))
    parser.add_argument('--places', type=int, default=9)
    parser.add_argument('--seed', type=int, default=0)
    args = parser.parse_args()
    preset = PRESETS[args.preset]
    table = sources(preset.noise)
    half = SIDE / 2
    sums: dict[tuple[str, float], list[float]] = {}
    for number in range(args.places):
        place = make_place(args.seed, number, 'train', preset.place_size)
        country = settle(place)
        fine, coarse = (
            Grid.window(-half, half, step, int(SIDE / step), int(SIDE / step))
            for step in (TRUE_STEP, 30.0)
        )
        true = survey(country, fine, YEAR).cover
        for name, (noise, year) in table.items():
            codes = map_country(country, coarse, year, noise, args.seed + 1)
            for size in sorted({g * p for g in GSDS for p in PATCHES}):
                if size > half:
                    continue
                want, land = window_fractions(true, TRUE_STEP, size)
                got, seen = window_fractions(codes, 30.0, size)
                both = (land > 0.5) & (seen > 0.5)
                distance = np.abs(want - got).sum(-1)[both] / 2
                sums.setdefault((name, size), []).extend(distance.tolist())
        print(f'{number + 1} of {args.places} places', flush=True)
    rows = [
        {
            'source': name,
            'gsd': gsd,
            'patch': patch,
            'footprint_m': gsd * patch,
            'patches': len(values),
            'tv_mean': f'{np.mean(values):.3f}',
            'tv_std': f'{np.std(values):.3f}',
        }
        for name, gsd, patch in product(table, GSDS, PATCHES)
        if (values := sums.get((name, gsd * patch)))
    ]
    reporting.write_rows(args.out, rows)
    if args.json:
        print(json.dumps(rows))


if __name__ == '__main__':
    main()
