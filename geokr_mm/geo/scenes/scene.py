"""Scenes: georeferenced images, in one file or one file per band."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from affine import Affine
from numpy.typing import NDArray

from ..core.crs import transformer
from ..core.raster import UnusableFileError, open_raster
from ..core.validity import Valid, has_mask
from ..geometry.ground_size import pixel_sizes
from ..geometry.longitudes import turned
from .bands import Scaling, file_bands, file_scaling
from .cloud_mask import CloudMask
from .dates import acquisition_tags, find_date
from .patch import ground_corners, widened
from .place import Place
from .windowed_read import BandSource, Grid, Window, find_band, read_window

__all__ = ['BandSource', 'Grid', 'Scaling', 'Scene', 'Window']

# What most scenes of an archive have in common is kept once in memory.
COMMON = ('bands', 'sources', 'crs', 'dtype', 'date', 'scaling', 'alphas')


@lru_cache(maxsize=4096)
def _once(value: Any) -> Any:
    """The first of several equal values."""
    return value


@dataclass(frozen=True)
class Scene:
    """One georeferenced image and its bands by name.

    Attributes:
        name (str): Unique name within an index.
        sources (tuple[BandSource, ...]): Where each band is.
        crs (str): CRS as WKT.
        transform (Affine): Pixel to ground.
        width, height (int): Size in pixels.
        masked (bool): Whether some file marks which pixels are empty.
        date (str | None): Acquisition date, ISO.
        stated_gsd (float | None): Metres along a pixel, where a table or a
            catalogue states it; else :meth:`gsd` measures it.
        scaling (tuple[Scaling, ...]): Scale and offset of each band; empty
            where the stored numbers are the values.
        layers (tuple[tuple[str, str], ...]): Name and file of quality layers
            that lie beside the bands (``SCL``, ``QA_PIXEL``, ``Fmask``...).
        alphas (tuple[int, ...]): Band of each file that masks the others, 0
            where there is none; empty where no file has one.
        resampling (str): How files on other grids are read on the scene's;
            empty where all are on it. Files that a table places have none.
        mask (CloudMask | None): Quality layer with clouds and shadows.
        surroundings (float): Side of the footprints of labels over that of
            the patches; 1 where they are the same.
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
    masked: bool
    date: str | None
    stated_gsd: float | None = None
    scaling: tuple[Scaling, ...] = ()
    layers: tuple[tuple[str, str], ...] = ()
    alphas: tuple[int, ...] = ()
    resampling: str = ''
    mask: CloudMask | None = None
    surroundings: float = 1.0

    def __post_init__(self) -> None:
        for name in COMMON:
            once = _once(getattr(self, name))
            object.__setattr__(self, name, once)

    def __reduce__(self) -> Any:
        # Made anew, so that what comes from workers is shared as well.
        return Scene, tuple(getattr(self, f.name) for f in fields(self))

    @classmethod
    def open(
        cls,
        path: str | Path,
        names: Sequence[str] | None = None,
        date: str | None = None,
        wanted: Sequence[str] | None = None,
        place: Place | None = None,
    ) -> 'Scene':
        """A scene in one file.

        Args:
            names (sequence of str): Names of its bands; else taken from
                the file's descriptions, its sensor, or ``b1, b2...``.
            date (str): ISO date; else from the file's tags or name.
            wanted (sequence of str): Bands that will be used, see
                :func:`.bands.file_bands`.
            place (Place): Where it lies, of a file without georeference.

        Raises:
            InputError: Unreadable, not georeferenced though without a place
                or the other way round, wrong number of names.
        """
        path = str(path)
        with open_raster(path, placed=place is None) as source:
            size = source.width, source.height
            if place is None:
                crs, transform = source.crs.to_wkt(), source.transform
            elif source.crs is None:
                crs, transform = place.crs, place.transform(*size)
            else:
                raise UnusableFileError(
                    f'{path}: is georeferenced, and a table places it too; '
                    'leave its lon, lat and width_m empty',
                    path,
                    'no_geotransform',
                )
            bands = file_bands(path, source, names, wanted)
            return cls(
                name=Path(path).stem,
                files=(path,),
                bands=bands.names,
                sources=tuple(BandSource(0, n) for n in bands.numbers),
                date=date
                or find_date(Path(path).name, acquisition_tags(source)),
                scaling=file_scaling(source, bands.numbers),
                alphas=(bands.alpha,) if bands.alpha else (),
                masked=has_mask(source, bands.alpha),
                crs=crs,
                transform=transform,
                width=size[0],
                height=size[1],
                dtype=source.dtypes[0],
                resampling='' if place is None else 'nearest',
                surroundings=1.0 if place is None else place.widening(size[0]),
            )

    def select(self, bands: Sequence[str]) -> 'Scene':
        """The same scene with these bands only, in this order."""
        found = [
            find_band(band, self.bands, self.sources, self.name)
            for band in bands
        ]
        places = [self.bands.index(band) for band in bands]
        return replace(
            self,
            bands=tuple(bands),
            sources=tuple(found),
            scaling=tuple(self.scaling[p] for p in places if self.scaling),
        )

    def patch_counts(self, size: int, stride: int) -> tuple[int, int]:
        """Full patches side by side, and one above the other."""
        across, down = (
            max(0, (side - size) // stride + 1)
            for side in (self.width, self.height)
        )
        return across, down

    def windows(
        self, size: int, stride: int, start: int = 0, stop: int | None = None
    ) -> list[Window]:
        """Full patches, row by row; what does not fill one is left out.

        Only those from ``start`` to before ``stop``.
        """
        across, down = self.patch_counts(size, stride)
        return [
            Window(n % across * stride, n // across * stride, size, size)
            for n in range(across * down)[start:stop]
        ]

    def corners(self, windows: Sequence[Window]) -> NDArray[np.float64]:
        """Corners (N, 4, 2) of windows, as :func:`.patch.ground_corners`."""
        return ground_corners(self.transform, windows)

    def footprints(self, windows: Sequence[Window]) -> NDArray[np.float64]:
        """Corners (N, 4, 2) of the ground of the windows' labels."""
        return widened(self.corners(windows), self.surroundings)

    def centres(self, windows: Sequence[Window]) -> NDArray[np.float64]:
        """Longitude and latitude of the windows' centres, array (N, 2).

        Longitudes lie between -180 and 180, also where the scene counts
        from 0 to 360.
        """
        middle = self.corners(windows).mean(axis=1)
        move = transformer(self.crs, 'EPSG:4326')
        lon, lat = move.transform(*middle.T)
        lon = np.where(np.abs(lon) > 180.0, turned(lon), lon)
        return np.stack([lon, lat], axis=1)

    def gsds(self, windows: Sequence[Window]) -> NDArray[np.float64]:
        """Side of a pixel in ground metres at windows' centres, array (N,).

        As stated, else the root of a pixel's area on the ellipsoid. Metres
        of the CRS count as ground metres where they are within half a
        percent of them, as in UTM.
        """
        if self.stated_gsd is not None:
            return np.full(len(windows), self.stated_gsd)
        return pixel_sizes(
            self.crs, self.transform, self.corners(windows).mean(axis=1)
        )

    def gsd(self) -> float:
        """The same in the middle of the scene."""
        return float(self.gsds([self.whole])[0])

    @property
    def whole(self) -> Window:
        """All pixels."""
        return Window(0, 0, self.width, self.height)

    @property
    def grid(self) -> Grid | None:
        """Grid that files are read on; None where all have it already.

        Files without georeference lie on it as they are.
        """
        return self._grid(self.resampling) if self.resampling else None

    def _grid(self, resampling: str) -> Grid:
        return Grid(
            self.crs,
            tuple(self.transform[:6]),
            self.width,
            self.height,
            resampling,
        )

    def cloud_shares(
        self, window: Window
    ) -> tuple[float | None, float | None]:
        """Shares of cloud and shadow; None where they are unknown."""
        if self.mask is None:
            return None, None
        return self.mask.shares(self._grid('nearest'), window)

    def read(
        self,
        window: Window | None = None,
        shape: tuple[int, int] | None = None,
    ) -> NDArray[Any]:
        """Pixels (C, h, w) of a window, or of the whole scene.

        Args:
            shape (tuple[int, int]): Rows and columns to thin the result to
                by nearest neighbour.
        """
        window = window or self.whole
        pixels, _ = read_window(
            self.files, self.sources, window, shape, self.grid
        )
        return pixels

    def read_masked(
        self,
        window: Window | None = None,
        shape: tuple[int, int] | None = None,
    ) -> tuple[NDArray[Any], Valid | None]:
        """Pixels like :meth:`read`, and which of them hold data.

        A bool array of the same shape, see :mod:`.validity`; None where all
        are valid.
        """
        return read_window(
            self.files,
            self.sources,
            window or self.whole,
            shape,
            self.grid,
            self.alphas or (0,) * len(self.files),
        )

    def factors(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Scale and offset of each band, two arrays (C,)."""
        scaling = self.scaling or (Scaling(),) * len(self.bands)
        scale, offset = np.array(scaling, np.float64).T
        return scale, offset
