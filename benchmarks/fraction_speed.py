"""Footprints per second: geokr_mm against exactextract, rasterstats and GDAL.

All run on the same files and footprints in one process, one after the other,
single core; rates are CPU time, so a busy machine does not spoil the ratios.
The two layouts of tile_layouts.py are made once in --data. Footprints are UTM
squares of 256 px at 2, 4, 8 and 16 m.

Each peer answers the part of the footprints that --peers allows (they get
slower with every one of 20,000) in its home zone's mosaic, which is all it
can do; geokr_mm answers all of them from all tiles. The error is the largest
difference of any class share to exactextract on the same projected polygons.

example: python benchmarks/fractions.py --n 2000 --json
"""

import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import rasterio
import reporting
import shapely
from affine import Affine
from tile_layouts import (
    BORDER,
    GL_CODES,
    MIDDLE,
    WC_CODES,
    globeland30,
    worldcover,
)

from geokr_mm.geo import LandCover
from geokr_mm.geo.core.crs import transformer
from geokr_mm.geo.geometry.reproject import project_rings
from geokr_mm.geo.geometry.rings import as_rings


def squares(layout: str, n: int) -> tuple[np.ndarray, str]:
    """Random footprints in UTM zone 49, corners (N, 4, 2)."""
    rng = np.random.default_rng(n)
    x, y = transformer('EPSG:4326', 'EPSG:32649').transform(BORDER, MIDDLE)
    if layout == 'globeland30':
        span = np.array([[-200e3, 190e3], [-200e3, 200e3]])
        centre = rng.uniform(span[:, 0], span[:, 1], (n, 2)) + [x, y]
        seam = rng.random(n) < 0.15
        centre[seam, 1] = y + rng.uniform(-1500, 1500, seam.sum())
        edge = rng.random(n) < 0.15
        centre[edge, 0] = x + rng.uniform(-1500, 1500, edge.sum())
    else:
        centre = rng.uniform(-42e3, 42e3, (n, 2)) + [x, y]
    half = 128.0 * rng.choice([2, 4, 8, 16], n)[:, None, None]
    corner = np.array([[-1.0, 1], [1, 1], [1, -1], [-1, -1]])
    return centre[:, None] + half * corner, 'EPSG:32649'


def mosaic(folder: Path, crs: str, files: list[str]) -> str:
    """One virtual raster of a zone's tiles, for the peers."""
    if len(files) == 1:
        return files[0]
    target = folder / f'{crs.replace(":", "_")}.vrt'
    parts, top = [], 0
    with rasterio.open(files[0]) as first:
        width, transform = first.width, first.transform
    for file in files:
        with rasterio.open(file) as source:
            parts.append(
                f'<SimpleSource><SourceFilename relativeToVRT="1">'
                f'{Path(file).name}</SourceFilename><SourceBand>1'
                f'</SourceBand><SrcRect xOff="0" yOff="0" xSize="{width}" '
                f'ySize="{source.height}"/><DstRect xOff="0" yOff="{top}" '
                f'xSize="{width}" ySize="{source.height}"/></SimpleSource>'
            )
            top += source.height
    numbers = ', '.join(str(v) for v in transform.to_gdal())
    target.write_text(
        f'<VRTDataset rasterXSize="{width}" rasterYSize="{top}"><SRS>{crs}'
        f'</SRS><GeoTransform>{numbers}</GeoTransform><VRTRasterBand '
        f'dataType="Byte" band="1">{"".join(parts)}</VRTRasterBand>'
        '</VRTDataset>'
    )
    return str(target)


def timed(call: Callable[[], Any]) -> tuple[Any, float]:
    """Result and CPU seconds of a call."""
    start = time.process_time()
    result = call()
    return result, time.process_time() - start


def by_zone(
    zones: list[tuple[str, list[str]]], footprints: np.ndarray, crs: str
) -> list[tuple[str, list[str], np.ndarray, list[shapely.Polygon]]]:
    """Footprints whose centre lies in each zone, projected to it."""
    middle = footprints.mean(axis=1)
    lon, _ = transformer(crs, 'EPSG:4326').transform(*middle.T)
    found = []
    for number, (target, files) in enumerate(zones):
        mine = np.arange(len(footprints))
        if len(zones) > 1:
            mine = np.flatnonzero((lon >= BORDER) == bool(number))
        cell = (30.0, 30.0) if len(zones) > 1 else (1 / 12000, 1 / 12000)
        rings = project_rings(as_rings(footprints[mine]), crs, target, cell)
        polygons = [shapely.Polygon(rings[n]) for n in range(len(mine))]
        found.append((target, files, mine, polygons))
    return found


def run_exactextract(folder: Path, zones: Any, crs: str, n: int,
                     footprints: np.ndarray, strategy: str,
                     codes: np.ndarray) -> np.ndarray:  # fmt: skip
    """Shares per code by exactextract, array (n, codes)."""
    import exactextract

    shares = np.zeros((n, len(codes)))
    place = {int(c): k for k, c in enumerate(codes)}
    for target, files, mine, polygons in by_zone(zones, footprints[:n], crs):
        weight = ''
        if target == 'EPSG:4326':
            weight = '(coverage_weight=area_spherical_m2)'
        table = exactextract.exact_extract(
            mosaic(folder, target, files),
            geopandas.GeoDataFrame(geometry=polygons, crs=target),
            [f'unique{weight}', f'frac{weight}'],
            strategy=strategy,
            output='pandas',
        )
        for row, (seen, parts) in zip(
            mine, table.itertuples(index=False), strict=True
        ):
            for code, share in zip(seen, parts, strict=True):
                shares[row, place[int(code)]] = share
    return shares


def run_rasterstats(folder: Path, zones: Any, crs: str, n: int,
                    footprints: np.ndarray) -> None:  # fmt: skip
    """Counts per code by rasterstats."""
    import rasterstats

    for target, files, _, polygons in by_zone(zones, footprints[:n], crs):
        rasterstats.zonal_stats(
            polygons, mosaic(folder, target, files), categorical=True,
            nodata=0,
        )  # fmt: skip


def run_warp(folder: Path, zones: Any, crs: str, n: int,
             footprints: np.ndarray) -> None:  # fmt: skip
    """Counts per code over 256 x 256 warped cells."""
    from rasterio.vrt import WarpedVRT

    for target, files, mine, _ in by_zone(zones, footprints[:n], crs):
        path = mosaic(folder, target, files)
        for square in footprints[mine]:
            left, top = square[0]
            step = (square[1, 0] - left) / 256
            with rasterio.open(path) as source, WarpedVRT(
                source, crs=crs, width=256, height=256,
                transform=Affine(step, 0, left, 0, -step, top),
            ) as warped:  # fmt: skip
                np.bincount(warped.read(1).ravel(), minlength=256)


def compare(folder: Path, layout: str, n: int, peers: int) -> dict[str, Any]:
    """All methods on one layout and number of footprints."""
    known = layout == 'globeland30'
    zones = globeland30(folder) if known else worldcover(folder)
    codes = GL_CODES if known else WC_CODES
    footprints, crs = squares(layout, n)
    files = [file for _, some in zones for file in some]

    def own() -> np.ndarray:
        cover = LandCover.open(layout, files, legend='native')
        shares = cover.fractions(footprints, crs)[:, 0]
        columns = cover.product.columns(cover.legend)
        return shares[:, [columns[int(c)] for c in codes]]

    # Once on a few, so that compiled code is loaded, as in any long run.
    LandCover.open(layout, files).fractions(footprints[:3], crs)
    found, seconds = timed(own)
    rates = {'geokr_mm': n / seconds}
    m = min(n, peers)
    args = (folder, zones, crs, m, footprints)
    exact, seconds = timed(
        lambda: run_exactextract(*args, 'feature-sequential', codes)
    )
    rates['exactextract'] = m / seconds
    _, seconds = timed(
        lambda: run_exactextract(*args, 'raster-sequential', codes)
    )
    rates['exactextract raster-sequential'] = m / seconds
    # Their rates hardly depend on the number, and they are slow.
    few = min(max(1, m // 4), 2000)
    args = (folder, zones, crs, few, footprints)
    rates['rasterstats'] = few / timed(lambda: run_rasterstats(*args))[1]
    rates['WarpedVRT + bincount'] = few / timed(lambda: run_warp(*args))[1]
    lon = transformer(crs, 'EPSG:4326').transform(
        footprints[:m, :, 0], footprints[:m, :, 1]
    )[0]
    # Over the border geokr_mm answers from both zones, the peers from one.
    one_zone = (lon.max(axis=1) < BORDER) | (lon.min(axis=1) > BORDER)
    if not known:
        one_zone[:] = True
    error = np.abs(found[:m][one_zone] - exact[one_zone]).max()
    return {'layout': layout, 'n': n, 'rates': rates, 'error': float(error)}


def main() -> None:
    """Parse the command line and print the comparison."""
    parser = reporting.parser(__doc__)
    parser.add_argument('--n', type=int, nargs='+', default=[2000, 20000])
    parser.add_argument(
        '--layouts', nargs='+', default=['globeland30', 'worldcover']
    )
    parser.add_argument(
        '--peers', type=int, default=2000, metavar='N',
        help='most footprints given to each peer (default: 2000)',
    )  # fmt: skip
    parser.add_argument(
        '--data', type=Path,
        default=Path(tempfile.gettempdir()) / 'geokr_mm_fractions',
        help='where the layouts are made and kept',
    )  # fmt: skip
    parser.add_argument(
        '--rounds', type=int, default=3, help='medians over (default: 3)'
    )
    args = parser.parse_args()
    args.data.mkdir(parents=True, exist_ok=True)
    report: dict[str, float] = {}
    rows: list[dict[str, Any]] = []
    for layout in args.layouts:
        worst = 0.0
        for n in args.n:
            rounds = [
                compare(args.data, layout, n, args.peers)
                for _ in range(args.rounds)
            ]
            rates = {
                name: statistics.median(r['rates'][name] for r in rounds)
                for name in rounds[0]['rates']
            }
            own = rates['geokr_mm']
            error = max(r['error'] for r in rounds)
            rows += [
                {
                    'layout': layout,
                    'footprints': n,
                    'method': name,
                    'footprints_per_second': round(rate, 1),
                    'max_error': f'{error:.2e}',
                }
                for name, rate in rates.items()
            ]
            best = max(
                rates['exactextract'],
                rates['exactextract raster-sequential'],
            )
            report[f'ratio_exactextract_{layout}_{n}'] = own / best
            report[f'ratio_rasterstats_{layout}_{n}'] = (
                own / rates['rasterstats']
            )
            worst = max(worst, error)
            if not args.json:
                print(f'{layout}, {n} footprints')
                for name, rate in rates.items():
                    print(
                        f'  {name:<32} {rate:>9.0f}/s  '
                        f'geokr_mm is {own / rate:.1f} x'
                    )
                print(f'  largest difference {error:.1e}')
        report[f'max_error_{layout}'] = worst
    if args.out:
        reporting.write_rows(args.out, rows)
    if args.json:
        print(json.dumps(report))
