"""Reading windows: which pixels of which bands of which files."""

import os
import threading
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from rasterio.enums import Resampling
from rasterio.errors import RasterioError
from rasterio.vrt import WarpedVRT
from rasterio.windows import Window as RasterWindow

from ...errors import InputError
from ..core.raster import (
    UnusableFileError,
    open_raster,
    read_error,
    stay_in_environment,
)
from ..core.validity import Valid, alpha_band, has_mask, valid_pixels

# Open files kept per process; a handle is a few hundred kilobytes.
OPEN_FILES = 64


class Window(NamedTuple):
    """A rectangle of scene pixels."""

    col: int
    row: int
    width: int
    height: int


class BandSource(NamedTuple):
    """Where a band is: number of the file, and band in it from 1."""

    file: int
    number: int


class Grid(NamedTuple):
    """The pixel grid that all files of a scene are read on.

    Attributes:
        crs (str): CRS as WKT or an EPSG code.
        transform (tuple[float, ...]): Pixel to ground, six numbers in the
            order of :class:`affine.Affine`.
        width, height (int): Size in pixels.
        resampling (str): Name of :class:`rasterio.enums.Resampling`, for
            files on other grids.
    """

    crs: str
    transform: tuple[float, ...]
    width: int
    height: int
    resampling: str


class OpenFile(NamedTuple):
    """An open file and what each read needs to know of it.

    Attributes:
        handle (rasterio.DatasetReader | WarpedVRT): To read from.
        alpha (int): Its alpha band, 0 where there is none.
        added (bool): Whether that band was added to mark the file's end.
        full (bool): Whether no pixel can be empty but by an alpha band.
    """

    handle: Any
    alpha: int
    added: bool
    full: bool


def find_band(
    band: str, bands: Sequence[str], sources: Sequence[BandSource], scene: str
) -> BandSource:
    """Where a band is; InputError naming the scene's bands if nowhere."""
    if band not in bands:
        raise InputError(
            f'{scene}: no band {band!r}; its bands are {", ".join(bands)}'
        )
    return sources[list(bands).index(band)]


def open_on_grid(path: str, grid: Grid | None) -> OpenFile:
    """An open file, kept per process and thread, which must not share it.

    Args:
        path (str): The file; opened anew where it was replaced since.
        grid (Grid | None): Grid to show it on, by resampling where it has
            another; its own by default.
    """
    try:
        about = os.stat(path)
        state = about.st_ino, about.st_size, about.st_mtime_ns
    except OSError:
        state = None
    return open_file(path, state, grid, os.getpid(), threading.get_ident())


@lru_cache(maxsize=OPEN_FILES)
def open_file(
    path: str,
    state: tuple[int, int, int] | None,
    grid: Grid | None,
    process: int,
    thread: int,
) -> OpenFile:
    """The file behind :func:`open_on_grid`."""
    source = open_raster(path, placed=grid is None)
    alpha = alpha_band(source)
    if grid is None or _is_on(source, grid):
        whole = all(np.dtype(kind).kind in 'iu' for kind in source.dtypes)
        full = whole and not has_mask(source, 0)
        return OpenFile(source, alpha, False, full)
    if source.crs is None:
        raise UnusableFileError(
            f'{path}: {source.width} x {source.height} pixels without a '
            f'place, where the scene has {grid.width} x {grid.height}; fetch '
            'the file again or build the index anew',
            path,
            'no_geotransform',
        )
    warped = WarpedVRT(
        source,
        crs=grid.crs,
        transform=Affine(*grid.transform),
        width=grid.width,
        height=grid.height,
        resampling=Resampling[grid.resampling],
        # Marks where the file ends on the larger grid.
        add_alpha=not has_mask(source, alpha),
    )
    added = warped.count > source.count
    return OpenFile(warped, alpha_band(warped), added, False)


def _is_on(source: Any, grid: Grid) -> bool:
    """Whether a file has a grid, or none of its own and its size."""
    size = source.width, source.height
    return size == (grid.width, grid.height) and (
        source.crs is None
        or np.allclose(source.transform[:6], grid.transform, rtol=1e-9, atol=0)
    )


def read_window(
    files: Sequence[str],
    sources: Sequence[BandSource],
    window: Window,
    shape: tuple[int, int] | None = None,
    grid: Grid | None = None,
    alphas: Sequence[int | None] | None = None,
) -> tuple[NDArray[Any], Valid | None]:
    """Pixels of bands that may lie in several files, and which hold data.

    Args:
        files (sequence of str): The scene's files.
        sources (sequence of BandSource): Bands wanted, in this order.
        window (Window): Pixels wanted.
        shape (tuple[int, int]): Rows and columns to thin to.
        grid (Grid): Grid to read on; the files' own by default.
        alphas (sequence of int): Band of each file that masks the others, 0
            where there is none, None to look for one; without ``alphas`` no
            mask is read.

    Returns:
        tuple: Pixels (C, h, w), and a bool array of the same shape, None
        where all of them are valid.

    Raises:
        InputError: A file that cannot be opened or decoded.
    """
    wanted: dict[int, list[int]] = {}
    for position, source in enumerate(sources):
        wanted.setdefault(source.file, []).append(position)
    parts: list[Any] = [None] * len(sources)
    masks: list[Valid | None] = [None] * len(sources)
    how: dict[str, Any] = {'window': RasterWindow(*window)}
    for file, positions in wanted.items():
        opened = open_on_grid(files[file], grid)
        numbers = [sources[p].number for p in positions]
        size = None if shape is None else (len(numbers), *shape)
        mask = None
        stay_in_environment()
        try:
            data = opened.handle.read(numbers, out_shape=size, **how)
            if alphas is not None:
                alpha = alphas[file]
                if alpha is None or (opened.added and not alpha):
                    alpha = opened.alpha
                if alpha or not opened.full:
                    mask = valid_pixels(
                        opened.handle,
                        numbers,
                        alpha,
                        data,
                        out_shape=shape,
                        **how,
                    )
        except (RasterioError, OSError) as error:
            raise read_error(files[file], error) from None
        if len(wanted) == 1:
            return data, mask
        for n, position in enumerate(positions):
            parts[position] = data[n]
            masks[position] = None if mask is None else mask[n]
    pixels = np.stack(parts)
    if all(mask is None for mask in masks):
        return pixels, None
    full = np.ones(pixels.shape[1:], np.bool_)
    return pixels, np.stack([full if m is None else m for m in masks])
