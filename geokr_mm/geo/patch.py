"""Reading patches: which pixels of which bands of which files."""

import os
import threading
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from rasterio.errors import RasterioError
from rasterio.windows import Window as RasterWindow

from ..errors import InputError
from .raster import UnusableFileError, environment, open_raster, read_error

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
    crc32: tuple[int, ...] = ()


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
    pixels = read_bands(record.files, sources, record.window, None)
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


@lru_cache(maxsize=OPEN_FILES)
def _handle(path: str, process: int, thread: int) -> Any:
    """An open file, kept per process and thread, which must not share it."""
    return open_raster(path)


def read_bands(
    files: Sequence[str],
    sources: Sequence[BandSource],
    window: Window,
    shape: tuple[int, int] | None,
) -> NDArray[Any]:
    """Pixels (C, h, w) of bands that may lie in several files.

    Args:
        files (sequence of str): The scene's files.
        sources (sequence of BandSource): Bands wanted, in this order.
        window (Window): Pixels wanted.
        shape (tuple[int, int] | None): Rows and columns to thin to.

    Raises:
        InputError: A file that cannot be opened or decoded.
    """
    area = RasterWindow(*window)
    wanted: dict[int, list[int]] = {}
    for position, source in enumerate(sources):
        wanted.setdefault(source.file, []).append(position)
    parts: list[Any] = [None] * len(sources)
    for file, positions in wanted.items():
        path = files[file]
        handle = _handle(path, os.getpid(), threading.get_ident())
        numbers = [sources[p].number for p in positions]
        size = None if shape is None else (len(numbers), *shape)
        try:
            with environment():
                data = handle.read(numbers, window=area, out_shape=size)
        except (RasterioError, OSError) as error:
            raise read_error(path, error) from None
        for position, plane in zip(positions, data, strict=True):
            parts[position] = plane
    return np.stack(parts)
