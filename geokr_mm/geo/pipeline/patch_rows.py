"""Rows of an index: a job measures some patches of one scene."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.crs import parse_crs
from ..core.raster import UnusableFileError
from ..fusion.patch_labels import PatchLabels, label_columns
from ..geometry.reproject import project_rings
from ..geometry.rings import as_rings
from ..index.schema import make_table, schema
from ..scenes.quality import measure, verdicts
from ..scenes.quarantine import entry
from ..scenes.radiometry import Pair, stretch
from ..scenes.scene import Scene, Window
from ..scenes.windowed_read import pixel_checksums

# Footprints in EPSG:4326 follow the true edge to some 100 m (0.1 of this).
FOOTPRINT_CELL = 0.01


@dataclass(frozen=True)
class Job:
    """Patches of one scene with what the land cover says about them.

    Attributes:
        scene (Scene): The scene.
        windows (tuple[Window, ...]): Its patches.
        pair (Pair): The scene's stretch.
        fixed (Pair): The stretch on one scale for all scenes.
        shared (bool): Whether all rows of the index have the same stretch.
        known (PatchLabels): Land cover of the patches.
        files (tuple[str, ...]): The scene's files as the index stores them.
        filters (mapping): Name to parameters.
        set_aside (bool): Patches that cannot be read are listed, not fatal.
    """

    scene: Scene
    windows: tuple[Window, ...]
    pair: Pair
    fixed: Pair
    shared: bool
    known: PatchLabels
    files: tuple[str, ...]
    filters: Mapping[str, Mapping[str, float]]
    set_aside: bool = False

    def __len__(self) -> int:
        return len(self.windows)


@dataclass
class Rows:
    """What a job made.

    Attributes:
        table (pyarrow.Table): Its rows, columns as in an index.
        sums (float64 array (3, C)): Count, sum and sum of squares of the
            stretched values of each band over the kept patches.
        bad (list of dict): Patches that could not be read, see
            :mod:`.quarantine`.
    """

    table: Any
    sums: NDArray[np.float64]
    bad: list[dict[str, str]]


def statistics(sums: NDArray[np.float64]) -> dict[str, list[float]]:
    """Mean and deviation per band over the kept patches, 0..255."""
    count, total, square = sums
    if not count.all():
        # No patch was kept: neutral values that divide safely.
        return {'mean': [0.0] * len(count), 'std': [1.0] * len(count)}
    mean = total / count
    spread = np.sqrt(np.maximum(square / count - mean**2, 1e-12))
    return {'mean': mean.tolist(), 'std': spread.tolist()}


class RowTable:
    """Rows of an index as one job after the other makes them.

    Args:
        bands (int): Number of bands.
    """

    def __init__(self, bands: int) -> None:
        self._columns: dict[str, list[Any]] = {n: [] for n in schema().names}
        self._sums = np.zeros((3, bands))
        self._bad: list[dict[str, str]] = []

    def add(self, job: Job) -> None:
        """Read, measure and describe the patches of a job.

        Args:
            job (Job): What to do.

        Raises:
            UnusableFileError: A file of the scene cannot be read, where the
                job does not set such patches aside.
        """
        for row in _rows(job, self._sums, self._bad):
            for name, values in self._columns.items():
                values.append(row[name])

    def rows(self) -> Rows:
        """What all jobs made."""
        return Rows(make_table(self._columns), self._sums, self._bad)


def _rows(
    job: Job, sums: NDArray[np.float64], bad: list[dict[str, str]]
) -> Iterator[dict[str, Any]]:
    """Columns of each row; adds to ``sums`` and ``bad``."""
    scene = job.scene
    centres = scene.centres(job.windows)
    outlines = _outlines(scene.corners(job.windows), scene.crs)
    sizes = scene.gsds(job.windows)
    crs = _crs_name(scene.crs)
    numbers = _numbers(job)
    for i, window in enumerate(job.windows):
        try:
            row = _measured(job, i, sums)
        except UnusableFileError as error:
            if not job.set_aside:
                raise
            bad.append(entry(error, scene.name, window))
            continue
        row.update(
            patch_id=f'{scene.name}_{window.col}_{window.row}',
            scene=scene.name,
            files=list(job.files),
            band_files=[s.file for s in scene.sources],
            band_numbers=[s.number for s in scene.sources],
            col_off=np.int32(window.col),
            row_off=np.int32(window.row),
            width=np.int32(window.width),
            height=np.int32(window.height),
            bands=list(scene.bands),
            date=scene.date,
            gsd=float(sizes[i]),
            crs=crs,
            geometry=outlines[i],
            lon=float(centres[i, 0]),
            lat=float(centres[i, 1]),
            **numbers,
            **label_columns(job.known, i),
        )
        yield row


def _measured(job: Job, i: int, sums: NDArray[np.float64]) -> dict[str, Any]:
    """Quality figures and verdicts of one patch; adds to ``sums``."""
    scene = job.scene
    pixels, valid = scene.read_masked(job.windows[i])
    image = stretch(pixels, *job.pair)
    fixed = None
    if not all(map(np.array_equal, job.fixed, job.pair)):
        fixed = stretch(pixels, *job.fixed)
    quality = measure(image, valid, fixed)
    cloud, shadow = scene.cloud_shares(job.windows[i])
    quality = replace(quality, cloud=cloud, shadow=shadow)
    found = verdicts(
        quality,
        float(job.known.whole.valid[i, 0]),
        float(job.known.whole.sea[i, 0]),
        job.filters,
    )
    if not found:
        _add_sums(sums, image, valid)
    return {
        'crc32': pixel_checksums(pixels),
        'image_nodata': np.float32(quality.image_nodata),
        'dark': np.float32(quality.dark),
        'bright': np.float32(quality.bright),
        'contrast': np.float32(quality.contrast),
        'cloud_fraction': cloud,
        'shadow_fraction': shadow,
        'verdicts': found,
        'keep': not found,
    }


def _add_sums(
    sums: NDArray[np.float64],
    image: NDArray[np.uint8],
    valid: NDArray[np.bool_] | None,
) -> None:
    """Count, sum and sum of squares of each band's valid pixels."""
    for number, band in enumerate(image):
        values = band if valid is None else band[valid[number]]
        values = values.astype(np.float64)
        sums[:, number] += values.size, values.sum(), (values**2).sum()


def _numbers(job: Job) -> dict[str, Any]:
    """Columns on what stored numbers mean, the same for a whole scene."""
    scene = job.scene
    low, high = job.pair
    scale, offset = scene.factors()
    grid = scene.grid
    return {
        'low': None if job.shared else low,
        'high': None if job.shared else high,
        'scale': scale if scene.scaling else None,
        'offset': offset if scene.scaling else None,
        'scene_grid': None
        if grid is None
        else [*grid.transform, grid.width, grid.height],
        'resampling': scene.resampling or None,
    }


def _outlines(corners: NDArray[np.float64], crs: str) -> list[Any]:
    """Footprints in EPSG:4326; two parts where the antimeridian cuts one."""
    import shapely

    rings = project_rings(
        as_rings(corners), crs, 'EPSG:4326', (FOOTPRINT_CELL, FOOTPRINT_CELL)
    )
    found: list[Any] = []
    for number in range(len(rings)):
        ring = rings[number]
        if not np.isfinite(ring).all():
            found.append(shapely.Polygon())
            continue
        polygon = shapely.Polygon(ring)
        parts = []
        for turn in (-360.0, 0.0, 360.0):
            world = shapely.box(-180.0 + turn, -90.0, 180.0 + turn, 90.0)
            if world.contains(polygon):
                parts = [shapely.transform(polygon, _turned(turn))]
                break
            # An outline that touches a pole leaves lines and points as well.
            cut = shapely.get_parts(shapely.intersection(polygon, world))
            parts += [
                shapely.transform(part, _turned(turn))
                for part in cut
                if part.geom_type == 'Polygon' and part.area > 0
            ]
        found.append(
            parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)
        )
    return found


def _turned(degrees: float) -> Callable[[Any], Any]:
    """A shift of longitudes for :func:`shapely.transform`."""
    return lambda points: points - np.array([degrees, 0.0])


@lru_cache(maxsize=256)
def _crs_name(crs: str) -> str:
    """EPSG code where there is one, else the WKT."""
    code = parse_crs(crs).to_epsg()
    return f'EPSG:{code}' if code else crs
