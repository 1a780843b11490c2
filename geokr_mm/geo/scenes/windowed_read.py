"""Reading patches: which pixels of which bands of which files."""

import os
import threading
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
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
    environment,
    open_raster,
    read_error,
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


@dataclass(frozen=True)
class PatchRecord:
    """One row of an index, light enough to send to another process.

    Attributes:
        patch_id, scene (str): Names of the patch and its scene.
        files (tuple[str, ...]): The scene's files, ready to open.
        window (Window): Its pixels.
        bands (tuple[str, ...]): Band names in order.
        sources (tuple[BandSource, ...]): Where each band is.
        low, high (float64 array (C,)): Stretch of each band.
        fractions (float32 array (K,)): Class fractions.
        grid_fractions (float32 array (g, g, K)): The same per cell.
        grid_valid (float32 array (g, g)): Valid share per cell.
        valid_fraction (float): Valid share of the patch.
        lon, lat (float): Centre, degrees.
        crc32 (tuple[int, ...]): Checksum of each band's pixels when the
            index was built, see :func:`pixel_checksums`; empty where the
            index has none.
        scale, offset (float64 array (C,)): What a stored number means,
            ``value = number * scale + offset``.
        grid (Grid | None): Where the scene's files lie on several grids, the
            one that they are read on.
    """

    patch_id: str
    scene: str
    files: tuple[str, ...]
    window: Window
    bands: tuple[str, ...]
    sources: tuple[BandSource, ...]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    fractions: NDArray[np.float32]
    grid_fractions: NDArray[np.float32]
    grid_valid: NDArray[np.float32]
    valid_fraction: float
    lon: float
    lat: float
    scale: NDArray[np.float64]
    offset: NDArray[np.float64]
    crc32: tuple[int, ...] = ()
    grid: Grid | None = None


def pixel_checksums(pixels: NDArray[Any]) -> list[int]:
    """CRC-32 of each band's pixels, the same on every machine.

    Args:
        pixels (array (C, h, w)): As stored; row by row, low byte first.
    """
    stored = pixels.astype(pixels.dtype.newbyteorder('<'), copy=False)
    return [zlib.crc32(np.ascontiguousarray(band).data) for band in stored]


def read_patch(
    record: PatchRecord,
    bands: Sequence[str] | None = None,
    verify: bool = False,
) -> NDArray[Any]:
    """Pixels of a patch as stored in the scene.

    Args:
        record (PatchRecord): The patch.
        bands (sequence of str): Bands wanted, in this order; all by default.
        verify (bool): Compare the pixels with the checksums of the index.

    Returns:
        array (C, h, w): Native data type.

    Raises:
        InputError: A band that the scene does not have, or a file that
            cannot be read or is not what it was when the index was built.
    """
    sources = record.sources
    if bands is not None:
        sources = tuple(
            find_band(b, record.bands, record.sources, record.scene)
            for b in bands
        )
    pixels = read_bands(
        record.files, sources, record.window, None, record.grid
    )
    if verify and record.crc32:
        _check_pixels(record, sources, pixels)
    return pixels


def _check_pixels(
    record: PatchRecord, sources: Sequence[BandSource], pixels: NDArray[Any]
) -> None:
    found = pixel_checksums(pixels)
    for source, checksum in zip(sources, found, strict=True):
        number = record.sources.index(source)
        if checksum != record.crc32[number]:
            file = record.files[source.file]
            raise UnusableFileError(
                f'{file}: patch {record.patch_id}, band '
                f'{record.bands[number]}: other pixels than when the index '
                f'was built (crc32 {checksum:08x}, was '
                f'{record.crc32[number]:08x}); fetch the file again or build '
                'the index anew',
                file,
                'checksum',
            )


def find_band(
    band: str,
    bands: Sequence[str],
    sources: Sequence[BandSource],
    scene: str,
) -> BandSource:
    """Where a band is; InputError naming the scene's bands if nowhere."""
    if band not in bands:
        raise InputError(
            f'{scene}: no band {band!r}; its bands are {", ".join(bands)}'
        )
    return sources[list(bands).index(band)]


def file_state(path: str) -> tuple[int, int, int] | None:
    """What changes when a local file is replaced or written anew."""
    try:
        about = os.stat(path)
    except OSError:
        return None
    return about.st_ino, about.st_size, about.st_mtime_ns


@lru_cache(maxsize=OPEN_FILES)
def open_on_grid(
    path: str,
    state: tuple[int, int, int] | None,
    grid: Grid | None,
    process: int,
    thread: int,
) -> Any:
    """An open file, kept per process and thread, which must not share it.

    Args:
        path (str): The file.
        state (tuple): See :func:`file_state`: a file that was replaced since
            is opened anew.
        grid (Grid | None): Grid to show it on, by resampling where it has
            another; its own by default.
        process, thread (int): Who reads it.
    """
    source = open_raster(path)
    if grid is None or _is_on(source, grid):
        return source
    return WarpedVRT(
        source,
        crs=grid.crs,
        transform=Affine(*grid.transform),
        width=grid.width,
        height=grid.height,
        resampling=Resampling[grid.resampling],
        # Says where the file ends on the larger grid.
        add_alpha=not has_mask(source, alpha_band(source)),
    )


def _is_on(source: Any, grid: Grid) -> bool:
    size = source.width, source.height
    return size == (grid.width, grid.height) and np.allclose(
        source.transform[:6], grid.transform, rtol=1e-9, atol=0
    )


def read_bands(
    files: Sequence[str],
    sources: Sequence[BandSource],
    window: Window,
    shape: tuple[int, int] | None,
    grid: Grid | None = None,
) -> NDArray[Any]:
    """Pixels (C, h, w) of bands that may lie in several files.

    Args:
        files (sequence of str): The scene's files.
        sources (sequence of BandSource): Bands wanted, in this order.
        window (Window): Pixels wanted.
        shape (tuple[int, int] | None): Rows and columns to thin to.
        grid (Grid): Grid to read on; the files' own by default.

    Raises:
        InputError: A file that cannot be opened or decoded.
    """
    return _read(files, sources, window, shape, grid, None)[0]


def read_masked(
    files: Sequence[str],
    sources: Sequence[BandSource],
    window: Window,
    shape: tuple[int, int] | None,
    grid: Grid | None,
    alphas: Sequence[int],
) -> tuple[NDArray[Any], Valid | None]:
    """Pixels like :func:`read_bands`, and which of them hold data.

    Args:
        files, sources, window, shape, grid: See :func:`read_bands`.
        alphas (sequence of int): Band of each file that masks the others, 0
            where there is none.

    Returns:
        tuple: Pixels (C, h, w), and a bool array of the same shape or None
        where all of them are valid.
    """
    return _read(files, sources, window, shape, grid, alphas)


def _read(
    files: Sequence[str],
    sources: Sequence[BandSource],
    window: Window,
    shape: tuple[int, int] | None,
    grid: Grid | None,
    alphas: Sequence[int] | None,
) -> tuple[NDArray[Any], Valid | None]:
    wanted: dict[int, list[int]] = {}
    for position, source in enumerate(sources):
        wanted.setdefault(source.file, []).append(position)
    parts: list[Any] = [None] * len(sources)
    masks: list[Valid | None] = [None] * len(sources)
    how: dict[str, Any] = {'window': RasterWindow(*window)}
    for file, positions in wanted.items():
        path = files[file]
        handle = open_on_grid(
            path, file_state(path), grid, os.getpid(), threading.get_ident()
        )
        numbers = [sources[p].number for p in positions]
        size = None if shape is None else (len(numbers), *shape)
        mask = None
        try:
            with environment():
                data = handle.read(numbers, out_shape=size, **how)
                if alphas is not None:
                    alpha = alphas[file]
                    if isinstance(handle, WarpedVRT) and not alpha:
                        alpha = _added_alpha(handle)
                    mask = valid_pixels(
                        handle, numbers, alpha, data, out_shape=shape, **how
                    )
        except (RasterioError, OSError) as error:
            raise read_error(path, error) from None
        for n, position in enumerate(positions):
            parts[position] = data[n]
            masks[position] = None if mask is None else mask[n]
    pixels = np.stack(parts)
    if all(mask is None for mask in masks):
        return pixels, None
    full = np.ones(pixels.shape[1:], np.bool_)
    return pixels, np.stack([full if m is None else m for m in masks])


def _added_alpha(handle: WarpedVRT) -> int:
    """The band that a warped file got to say where it ends, 0 if none."""
    return alpha_band(handle) if handle.count > handle.src_dataset.count else 0
