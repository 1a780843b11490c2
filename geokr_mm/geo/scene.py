"""Scenes: georeferenced images, in one file or one file per band."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from affine import Affine
from numpy.typing import NDArray

from ..errors import InputError
from .footprint import parse_crs, transformer
from .naming import band_names, find_date
from .patch import (
    BandSource,
    PatchRecord,
    Window,
    find_band,
    read_bands,
    read_patch,
)
from .raster import open_raster
from .tile import EARTH_RADIUS

__all__ = [
    'BandSource',
    'PatchRecord',
    'Scaling',
    'Scene',
    'Window',
    'footprint',
    'read_patch',
]


class Scaling(NamedTuple):
    """What a stored number means: ``value = number * scale + offset``."""

    scale: float = 1.0
    offset: float = 0.0


@dataclass(frozen=True)
class Scene:
    """One georeferenced image and its bands by name.

    Attributes:
        name (str): Unique name within an index.
        files (tuple[str, ...]): Its files.
        bands (tuple[str, ...]): Band names in order.
        sources (tuple[BandSource, ...]): Where each band is.
        crs (str): CRS as WKT.
        transform (Affine): Pixel to ground.
        width, height (int): Size in pixels.
        dtype (str): Pixel type.
        nodata (float | None): Value of empty pixels.
        date (str | None): Acquisition date, ISO.
        stated_gsd (float | None): Metres along a pixel, where a table or a
            catalogue states it; else :meth:`gsd` measures it.
        scaling (tuple[Scaling, ...]): Scale and offset of each band; empty
            where the stored numbers are the values.
        layers (tuple[tuple[str, str], ...]): Name and file of quality layers
            that lie beside the bands (``SCL``, ``QA_PIXEL``, ``Fmask``...).
    """

    name: str
    files: tuple[str, ...]
    bands: tuple[str, ...]
    sources: tuple[BandSource, ...]
    crs: str
    transform: Affine
    width: int
    height: int
    dtype: str
    nodata: float | None
    date: str | None
    stated_gsd: float | None = None
    scaling: tuple[Scaling, ...] = ()
    layers: tuple[tuple[str, str], ...] = ()

    @classmethod
    def open(
        cls,
        path: str | Path,
        names: Sequence[str] | None = None,
        date: str | None = None,
    ) -> 'Scene':
        """A scene in one file.

        Args:
            path (str or Path): The file.
            names (sequence of str): Names of its bands; else taken from
                the file's descriptions, its sensor, or ``b1, b2...``.
            date (str): ISO date; else from the file's tags or name.

        Raises:
            InputError: Unreadable, not georeferenced, wrong number of names.
        """
        path = str(path)
        with open_raster(path) as source:
            if names is None:
                names = band_names(
                    Path(path).name,
                    source.descriptions,
                    [c.name for c in source.colorinterp],
                )
            if len(names) != source.count:
                raise InputError(
                    f'{path}: {source.count} bands but {len(names)} band '
                    f'names ({", ".join(names)}); name every band'
                )
            return cls(
                name=Path(path).stem,
                files=(path,),
                bands=tuple(names),
                sources=tuple(
                    BandSource(0, i + 1) for i in range(source.count)
                ),
                date=date or find_date(Path(path).name, source.tags()),
                **_grid(source),
            )

    def select(self, bands: Sequence[str]) -> 'Scene':
        """The same scene with these bands only, in this order."""
        found = [
            find_band(band, self.bands, self.sources, self.name)
            for band in bands
        ]
        return replace(self, bands=tuple(bands), sources=tuple(found))

    def windows(self, size: int, stride: int) -> list[Window]:
        """Full patches, row by row; what does not fill one is left out.

        Args:
            size (int): Pixels along a patch's side.
            stride (int): Pixels from one patch to the next.
        """
        return [
            Window(col, row, size, size)
            for row in range(0, self.height - size + 1, stride)
            for col in range(0, self.width - size + 1, stride)
        ]

    def corners(self, windows: Sequence[Window]) -> NDArray[np.float64]:
        """Ground corners of windows, array (N, 4, 2) in the scene's CRS.

        Order: upper left, upper right, lower right, lower left of the
        image, which a rotated or sheared transform puts anywhere.
        """
        w = np.array(windows, np.float64).reshape(-1, 4)
        x = w[:, :1] + w[:, 2:3] * np.array([0, 1, 1, 0])
        y = w[:, 1:2] + w[:, 3:] * np.array([0, 0, 1, 1])
        t = self.transform
        ground = [t.a * x + t.b * y + t.c, t.d * x + t.e * y + t.f]
        return np.stack(ground, axis=2)

    def centres(self, windows: Sequence[Window]) -> NDArray[np.float64]:
        """Longitude and latitude of the windows' centres, array (N, 2)."""
        middle = self.corners(windows).mean(axis=1)
        move = transformer(self.crs, 'EPSG:4326')
        return np.stack(move.transform(middle[:, 0], middle[:, 1]), axis=1)

    def gsd(self, lat: float = 0.0) -> float:
        """Side of a pixel in metres: as stated, or root of its ground area.

        Args:
            lat (float): Latitude, used for geographic scenes only.
        """
        if self.stated_gsd is not None:
            return self.stated_gsd
        crs = parse_crs(self.crs)
        area = abs(self.transform.determinant)
        if crs.is_geographic:
            metres = np.radians(1.0) * EARTH_RADIUS
            return float(metres * np.sqrt(area * np.cos(np.radians(lat))))
        unit = crs.axis_info[0].unit_conversion_factor
        return float(np.sqrt(area) * unit)

    def read(
        self,
        window: Window | None = None,
        shape: tuple[int, int] | None = None,
    ) -> NDArray[Any]:
        """Pixels (C, h, w) of a window, or of the whole scene.

        Args:
            window (Window): Pixels wanted; all by default.
            shape (tuple[int, int]): Rows and columns to thin the result to
                by nearest neighbour.
        """
        window = window or Window(0, 0, self.width, self.height)
        return read_bands(self.files, self.sources, window, shape)


def footprint(
    record: PatchRecord, margin: float = 0.0
) -> tuple[NDArray[np.float64], str]:
    """Ground corners of a patch of an index.

    Args:
        record (PatchRecord): The patch.
        margin (float): Widen it on each side by this share of its own.

    Returns:
        tuple: Corners (4, 2), see :meth:`Scene.corners`, and their CRS.
    """
    scene = Scene.open(record.files[0])
    corners = scene.corners([record.window])[0]
    middle = corners.mean(axis=0)
    return middle + (corners - middle) * (1 + 2 * margin), scene.crs


def _grid(source: Any) -> dict[str, Any]:
    return {
        'crs': source.crs.to_wkt(),
        'transform': source.transform,
        'width': source.width,
        'height': source.height,
        'dtype': source.dtypes[0],
        'nodata': source.nodata,
    }
