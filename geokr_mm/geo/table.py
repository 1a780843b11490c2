"""Rows of an index, made scene by scene."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .footprint import as_rings, parse_crs, project_rings
from .index_file import store_path
from .landcover import Fractions, LandCover
from .options import BuildOptions
from .progress import Progress
from .quality import measure, verdicts
from .radiometry import Pair, stretch
from .scene import Scene, Window

# Footprints in EPSG:4326 follow the true edge to some 100 m (0.1 of this).
FOOTPRINT_CELL = 0.01


@dataclass(frozen=True)
class Summary:
    """What a build made.

    Attributes:
        path (str): The index.
        patches, kept (int): Rows, and rows that no filter rejects.
        rejected (dict[str, int]): Rows per filter.
        classes (dict[str, float]): Mean fractions of the kept rows.
    """

    path: str
    patches: int
    kept: int
    rejected: dict[str, int]
    classes: dict[str, float]

    def __str__(self) -> str:
        lines = [f'{self.path}: {self.patches} patches, {self.kept} kept']
        lines += [f'  rejected by {k}: {v}' for k, v in self.rejected.items()]
        lines.append('  mean class fractions of the kept patches:')
        lines += [f'    {k:<24} {v:.4f}' for k, v in self.classes.items()]
        return '\n'.join(lines)


class Table:
    """Columns of the index, filled scene by scene."""

    def __init__(
        self,
        options: BuildOptions,
        cover: LandCover,
        filters: Mapping[str, Mapping[str, float]],
    ) -> None:
        self.options = options
        self.cover = cover
        self.filters = filters
        self.folder = str(Path(options.out).parent)
        self.columns: dict[str, list[Any]] = {}
        self._sums: NDArray[np.float64] | None = None

    def add(
        self,
        scene: Scene,
        windows: Sequence[Window],
        pair: Pair,
        progress: Progress,
    ) -> None:
        """Rows for all windows of a scene."""
        corners = scene.corners(windows)
        whole = self.cover.coverage(corners, scene.crs)
        cells = whole
        if self.options.grid > 1:
            cells = self.cover.coverage(corners, scene.crs, self.options.grid)
        centres = scene.centres(windows)
        outlines = _outlines(corners, scene.crs)
        files = [store_path(f, self.folder) for f in scene.files]
        for i, window in enumerate(windows):
            row = self._measured(scene, window, pair, whole, i)
            row.update(
                patch_id=f'{scene.name}_{window.col}_{window.row}',
                scene=scene.name,
                files=files,
                band_files=[s.file for s in scene.sources],
                band_numbers=[s.number for s in scene.sources],
                col_off=np.int32(window.col),
                row_off=np.int32(window.row),
                width=np.int32(window.width),
                height=np.int32(window.height),
                bands=list(scene.bands),
                date=scene.date,
                gsd=scene.gsd(float(centres[i, 1])),
                crs=_crs_name(scene.crs),
                geometry=outlines[i],
                lon=float(centres[i, 0]),
                lat=float(centres[i, 1]),
                product=self.cover.product.name,
                product_year=np.int32(self.cover.year),
                fractions=whole.fractions[i, 0],
                grid_fractions=cells.fractions[i].ravel(),
                grid_valid=cells.valid[i],
                valid_fraction=whole.valid[i, 0],
                sea_fraction=whole.sea[i, 0],
                nodata_fraction=whole.nodata[i, 0],
            )
            for name in COLUMNS:
                self.columns.setdefault(name, []).append(row[name])
            progress.add()

    def _measured(
        self,
        scene: Scene,
        window: Window,
        pair: Pair,
        whole: Fractions,
        i: int,
    ) -> dict[str, Any]:
        """Quality figures and verdicts of one patch."""
        pixels = scene.read(window)
        empty = np.zeros(pixels.shape[1:], np.bool_)
        if scene.nodata is not None:
            empty = (pixels == scene.nodata).any(axis=0)
        if pixels.dtype.kind == 'f':
            empty |= ~np.isfinite(pixels).all(axis=0)
        image = stretch(pixels, *pair)
        quality = measure(image, empty)
        found = verdicts(
            quality,
            float(whole.valid[i, 0]),
            float(whole.sea[i, 0]),
            self.filters,
        )
        if not found:
            self._count(image[:, ~empty].astype(np.float64))
        return {
            'image_nodata': np.float32(quality.image_nodata),
            'dark': np.float32(quality.dark),
            'bright': np.float32(quality.bright),
            'contrast': np.float32(quality.contrast),
            'verdicts': found,
            'keep': not found,
        }

    def _count(self, values: NDArray[np.float64]) -> None:
        """Add a kept patch's pixels (C, n) to the band statistics."""
        new = np.stack(
            [
                np.full(len(values), values.shape[1], np.float64),
                values.sum(axis=1),
                (values**2).sum(axis=1),
            ]
        )
        self._sums = new if self._sums is None else self._sums + new

    def statistics(self, bands: Sequence[str]) -> dict[str, list[float]]:
        """Mean and deviation per band over the kept patches, 0..255."""
        if self._sums is None:
            # No patch was kept: neutral values that divide safely.
            return {'mean': [0.0] * len(bands), 'std': [1.0] * len(bands)}
        count, total, square = self._sums
        mean = total / count
        spread = np.sqrt(np.maximum(square / count - mean**2, 1e-12))
        return {'mean': mean.tolist(), 'std': spread.tolist()}

    def require_cover(self, cover: LandCover) -> None:
        """InputError where the product covers no patch at all."""
        known = np.array(self.columns['valid_fraction'])
        sea = np.array(self.columns['sea_fraction'])
        blank = np.array(self.columns['nodata_fraction'])
        if not ((known + sea + blank) > 0).any():
            left, bottom, right, top = _bounds(self.columns['geometry'])
            raise InputError(
                f'{cover.tiles[0].path}: product {cover.product.name!r} does '
                f'not cover the scenes (longitude {left:.3f} to {right:.3f}, '
                f'latitude {bottom:.3f} to {top:.3f}); give the files of '
                'that place with --land-cover'
            )

    def summary(self, path: str) -> Summary:
        """Counts for the user."""
        keep = np.array(self.columns['keep'])
        shares = np.stack(self.columns['fractions'])[keep]
        mean = shares.mean(axis=0) if len(shares) else shares.sum(axis=0)
        counts = {
            name: sum(name in v for v in self.columns['verdicts'])
            for name in [*self.filters, 'uncovered']
        }
        return Summary(
            path=path,
            patches=len(keep),
            kept=int(keep.sum()),
            rejected={k: v for k, v in counts.items() if v},
            classes={
                name: float(v)
                for name, v in zip(self.cover.classes, mean, strict=True)
            },
        )


#: Order of the columns in the file.
COLUMNS = (
    'patch_id', 'scene', 'files', 'band_files', 'band_numbers',
    'col_off', 'row_off', 'width', 'height', 'bands', 'date', 'gsd', 'crs',
    'geometry', 'lon', 'lat', 'product', 'product_year',
    'fractions', 'grid_fractions', 'grid_valid', 'valid_fraction',
    'sea_fraction', 'nodata_fraction', 'image_nodata', 'dark', 'bright',
    'contrast', 'verdicts', 'keep',
)  # fmt: skip


def _outlines(corners: NDArray[np.float64], crs: str) -> list[Any]:
    """Footprints as polygons in EPSG:4326."""
    import shapely

    rings = project_rings(
        as_rings(corners), crs, 'EPSG:4326', (FOOTPRINT_CELL, FOOTPRINT_CELL)
    )
    return [shapely.Polygon(rings[i]) for i in range(len(rings))]


def _bounds(polygons: Sequence[Any]) -> tuple[float, float, float, float]:
    import shapely

    left, bottom, right, top = shapely.total_bounds(polygons)
    return float(left), float(bottom), float(right), float(top)


def _crs_name(crs: str) -> str:
    """EPSG code where there is one, else the WKT."""
    code = parse_crs(crs).to_epsg()
    return f'EPSG:{code}' if code else crs
