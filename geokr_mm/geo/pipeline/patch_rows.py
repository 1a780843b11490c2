"""Rows of an index: patches of one scene, read and measured."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from ..core.crs import parse_crs
from ..core.raster import UnusableFileError
from ..fusion.patch_labels import PatchLabels, label_columns
from ..geometry.reproject import project_rings
from ..geometry.rings import as_rings
from ..index.schema import make_table, schema, store_path
from ..scenes.patch import pixel_checksums
from ..scenes.physical import band_sums, scaled_sums
from ..scenes.quality import measure, rejections
from ..scenes.quarantine import entry
from ..scenes.radiometry import Limits, SceneStretch, stretch
from ..scenes.scene import Scene
from ..scenes.windowed_read import Window

# Footprints in EPSG:4326 follow the true edge to some 100 m (0.1 of this).
FOOTPRINT_CELL = 0.01


@dataclass(frozen=True)
class RowSettings:
    """What holds for all rows of a build.

    Attributes:
        scene_base (str | None): Folder that stored paths are relative to.
        filters (mapping): Name to parameters.
        shared_limits (bool): Whether all rows have the same stretch.
        set_aside (bool): What cannot be read is listed, not fatal.
        size (int): Pixels along a patch; windows of another side have it in
            their name.
    """

    scene_base: str | None
    filters: Mapping[str, Mapping[str, float]]
    shared_limits: bool
    set_aside: bool
    size: int = 0


@dataclass
class JobRows:
    """What a job made.

    Attributes:
        table (pyarrow.Table): Its rows, columns as in an index.
        sums (float64 array (2, 3, C)): Count, sum and sum of squares of each
            band over the kept patches: stretched, and physical values.
        bad (list of dict): What could not be read, see :mod:`.quarantine`.
    """

    table: Any
    sums: NDArray[np.float64]
    bad: list[dict[str, str]]


class RowTable:
    """Collects the rows of a job."""

    def __init__(self, bands: int, settings: RowSettings) -> None:
        self.settings = settings
        self.bad: list[dict[str, str]] = []
        self._columns: dict[str, list[Any]] = {n: [] for n in schema().names}
        self._sums = np.zeros((2, 3, bands))

    def set_aside(
        self,
        error: UnusableFileError,
        scene: str,
        window: Window | None = None,
    ) -> None:
        """List what cannot be used, or raise the error."""
        if not self.settings.set_aside:
            raise error
        self.bad.append(entry(error, scene, window))

    def add(
        self,
        scene: Scene,
        windows: Sequence[Window],
        stretched: SceneStretch,
        labels: PatchLabels,
    ) -> None:
        """Read, measure and describe patches of a scene.

        Raises:
            UnusableFileError: A file of the scene cannot be read, where the
                settings do not set such patches aside.
        """
        centres = scene.centres(windows)
        outlines = _outlines(scene.footprints(windows), scene.crs)
        sizes = scene.gsds(windows)
        common = self._common(scene, stretched.limits)
        for i, window in enumerate(windows):
            whole = labels.whole
            shares = float(whole.valid[i, 0]), float(whole.sea[i, 0])
            try:
                row = self._measured(scene, window, stretched, *shares)
            except UnusableFileError as error:
                self.set_aside(error, scene.name, window)
                continue
            row.update(
                common,
                patch_id=_patch_id(scene.name, window, self.settings.size),
                col_off=np.int32(window.col),
                row_off=np.int32(window.row),
                width=np.int32(window.width),
                height=np.int32(window.height),
                gsd=float(sizes[i]),
                geometry=outlines[i],
                lon=float(centres[i, 0]),
                lat=float(centres[i, 1]),
                **label_columns(labels, i),
            )
            for name, values in self._columns.items():
                values.append(row[name])

    def rows(self) -> JobRows:
        """All rows so far."""
        return JobRows(make_table(self._columns), self._sums, self.bad)

    def _common(self, scene: Scene, limits: Limits) -> dict[str, Any]:
        """Columns that are the same for a whole scene."""
        settings = self.settings
        low, high = limits
        scale, offset = scene.factors()
        grid = scene.grid
        return {
            'scene': scene.name,
            'files': [store_path(f, settings.scene_base) for f in scene.files],
            'band_files': [s.file for s in scene.sources],
            'band_numbers': [s.number for s in scene.sources],
            'bands': list(scene.bands),
            'date': scene.date,
            'crs': _crs_name(scene.crs),
            'low': None if settings.shared_limits else low,
            'high': None if settings.shared_limits else high,
            'scale': scale if scene.scaling else None,
            'offset': offset if scene.scaling else None,
            'alphas': list(scene.alphas) if any(scene.alphas) else None,
            'scene_grid': None
            if grid is None
            else [*grid.transform, grid.width, grid.height],
            'resampling': scene.resampling or None,
        }

    def _measured(
        self,
        scene: Scene,
        window: Window,
        stretched: SceneStretch,
        valid_share: float,
        sea_share: float,
    ) -> dict[str, Any]:
        """Quality figures and filters of one patch; adds to the sums."""
        pixels, valid = scene.read_masked(window)
        image = stretch(pixels, *stretched.limits)
        fixed = None
        if not all(map(np.array_equal, stretched.fixed, stretched.limits)):
            fixed = stretch(pixels, *stretched.fixed)
        cloud, shadow = scene.cloud_shares(window)
        quality = replace(
            measure(image, valid, fixed), cloud=cloud, shadow=shadow
        )
        rejected = rejections(
            quality, valid_share, sea_share, self.settings.filters
        )
        if not rejected:
            stored = band_sums(pixels, valid)
            self._sums[0] += band_sums(image, valid)
            self._sums[1] += scaled_sums(stored, *scene.factors())
        return {
            'crc32': pixel_checksums(pixels),
            'image_nodata': np.float32(quality.image_nodata),
            'dark': np.float32(quality.dark),
            'bright': np.float32(quality.bright),
            'contrast': np.float32(quality.contrast),
            'cloud_fraction': cloud,
            'shadow_fraction': shadow,
            'verdicts': rejected,
            'keep': not rejected,
        }


def _patch_id(scene: str, window: Window, size: int) -> str:
    name = f'{scene}_{window.col}_{window.row}'
    return f'{name}_{window.width}' if size not in (0, window.width) else name


def _outlines(corners: NDArray[np.float64], crs: str) -> list[Any]:
    """Footprints in EPSG:4326; two parts where the antimeridian cuts one."""
    rings = project_rings(
        as_rings(corners), crs, 'EPSG:4326', (FOOTPRINT_CELL, FOOTPRINT_CELL)
    )
    return [_outline(rings[number]) for number in range(len(rings))]


def _outline(ring: NDArray[np.float64]) -> Any:
    if not np.isfinite(ring).all():
        return shapely.Polygon()
    polygon = shapely.Polygon(ring)
    parts = []
    for turn in (-360.0, 0.0, 360.0):
        world = shapely.box(-180.0 + turn, -90.0, 180.0 + turn, 90.0)
        if world.contains(polygon):
            return _moved(polygon, -turn)
        # An outline that touches a pole leaves lines and points as well.
        cut = shapely.get_parts(shapely.intersection(polygon, world))
        parts += [
            _moved(part, -turn)
            for part in cut
            if part.geom_type == 'Polygon' and part.area > 0
        ]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def _moved(shape: Any, degrees: float) -> Any:
    """A shape that many degrees further east."""
    return shapely.transform(shape, lambda points: points + [degrees, 0.0])


@lru_cache(maxsize=256)
def _crs_name(crs: str) -> str:
    """EPSG code where there is one, else the WKT."""
    code = parse_crs(crs).to_epsg()
    return f'EPSG:{code}' if code else crs
