"""Rows of an index: one job measures some patches of one scene."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .footprint import as_rings, parse_crs, project_rings
from .index_file import make_table, schema
from .judgement import Judgement, knowledge_row
from .patch import pixel_checksums
from .quality import measure, verdicts
from .quarantine import entry
from .radiometry import Pair, stretch
from .raster import UnusableFileError
from .scene import Scene, Window

# Footprints in EPSG:4326 follow the true edge to some 100 m (0.1 of this).
FOOTPRINT_CELL = 0.01


@dataclass(frozen=True)
class Job:
    """Patches of one scene with what the land cover says about them.

    Attributes:
        scene (Scene): The scene.
        windows (tuple[Window, ...]): Its patches.
        pair (Pair): The scene's stretch.
        known (Judgement): Land cover of the patches.
        files (tuple[str, ...]): The scene's files as the index stores them.
        filters (mapping): Name to parameters.
        set_aside (bool): Patches that cannot be read are listed, not fatal.
    """

    scene: Scene
    windows: tuple[Window, ...]
    pair: Pair
    known: Judgement
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


def run_job(job: Job) -> Rows:
    """Read, measure and describe the patches of a job.

    Args:
        job (Job): What to do.

    Raises:
        UnusableFileError: A file of the scene cannot be read, where the job
            does not set such patches aside.
    """
    scene = job.scene
    columns: dict[str, list[Any]] = {name: [] for name in schema().names}
    sums = np.zeros((3, len(scene.bands)))
    bad = []
    centres = scene.centres(job.windows)
    outlines = _outlines(scene.corners(job.windows), scene.crs)
    crs = _crs_name(scene.crs)
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
            gsd=scene.gsd(float(centres[i, 1])),
            crs=crs,
            geometry=outlines[i],
            lon=float(centres[i, 0]),
            lat=float(centres[i, 1]),
            **knowledge_row(job.known, i),
        )
        for name, values in columns.items():
            values.append(row[name])
    return Rows(make_table(columns), sums, bad)


def _measured(job: Job, i: int, sums: NDArray[np.float64]) -> dict[str, Any]:
    """Quality figures and verdicts of one patch; adds to ``sums``."""
    scene = job.scene
    pixels = scene.read(job.windows[i])
    empty = np.zeros(pixels.shape[1:], np.bool_)
    if scene.nodata is not None:
        empty = (pixels == scene.nodata).any(axis=0)
    if pixels.dtype.kind == 'f':
        empty |= ~np.isfinite(pixels).all(axis=0)
    image = stretch(pixels, *job.pair)
    quality = measure(image, empty)
    found = verdicts(
        quality,
        float(job.known.whole.valid[i, 0]),
        float(job.known.whole.sea[i, 0]),
        job.filters,
    )
    if not found:
        values = image[:, ~empty].astype(np.float64)
        sums[0] += values.shape[1]
        sums[1] += values.sum(axis=1)
        sums[2] += (values**2).sum(axis=1)
    return {
        'crc32': pixel_checksums(pixels),
        'image_nodata': np.float32(quality.image_nodata),
        'dark': np.float32(quality.dark),
        'bright': np.float32(quality.bright),
        'contrast': np.float32(quality.contrast),
        'verdicts': found,
        'keep': not found,
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


def _crs_name(crs: str) -> str:
    """EPSG code where there is one, else the WKT."""
    code = parse_crs(crs).to_epsg()
    return f'EPSG:{code}' if code else crs
