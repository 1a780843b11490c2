"""Patches of an index: their pixels, checksums and places."""

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from affine import Affine
from numpy.typing import NDArray

from ..core.raster import UnusableFileError, open_raster
from ..core.validity import Valid
from .windowed_read import BandSource, Grid, Window, find_band, read_window

# As stored, (C, h, w); and which hold data, None where all do.
Pixels = tuple[NDArray[Any], Valid | None]


@dataclass(frozen=True)
class PatchRecord:
    """One row of an index, light enough to send to another process.

    Attributes:
        files (tuple[str, ...]): The scene's files, ready to open.
        sources (tuple[BandSource, ...]): Where each band is.
        low, high (float64 array (C,)): Stretch of each band.
        fractions (float32 array (K,)): Class fractions.
        grid_fractions (float32 array (g, g, K)): The same per cell.
        grid_valid (float32 array (g, g)): Valid share per cell.
        lon, lat (float): Centre, degrees.
        scale, offset (float64 array (C,)): What a stored number means,
            ``value = number * scale + offset``.
        crc32 (tuple[int, ...]): Checksum of each band's pixels when the
            index was built, see :func:`pixel_checksums`; empty where the
            index has none.
        grid (Grid | None): Where the scene's files lie on several grids, the
            one that they are read on.
        alphas (tuple[int, ...]): As in :class:`.scene.Scene`.
        packed (callable | None): Reads the record's pixels and which of them
            hold data from where they were packed, in place of the files.
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
    alphas: tuple[int, ...] = ()
    packed: Callable[['PatchRecord'], Pixels] | None = None

    def with_bands(self, bands: tuple[str, ...]) -> 'PatchRecord':
        """The record with some of its bands, in the given order."""
        if self.bands == bands:
            return self
        own = [self.bands.index(band) for band in bands]
        return replace(
            self,
            bands=bands,
            sources=tuple(self.sources[n] for n in own),
            low=self.low[own],
            high=self.high[own],
            scale=self.scale[own],
            offset=self.offset[own],
            crc32=tuple(self.crc32[n] for n in own if self.crc32),
        )

    def __deepcopy__(self, _: Any) -> 'PatchRecord':
        # Nothing in it is changed, and each view of a patch copies it.
        return self


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
    """Pixels (C, h, w) of a patch as stored in the scene.

    Args:
        bands (sequence of str): Bands wanted, in this order; all by default.
        verify (bool): Compare the pixels with the checksums of the index.

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
    if record.packed is not None:
        some = record.with_bands(tuple(bands or record.bands))
        return record.packed(some)[0]
    pixels, _ = read_window(
        record.files, sources, record.window, grid=record.grid
    )
    if verify:
        _verify(record, sources, pixels)
    return pixels


def read_masked_patch(record: PatchRecord, verify: bool = False) -> Pixels:
    """Pixels of a patch as :func:`read_patch`, and which hold data.

    Returns:
        tuple: Pixels (C, h, w) as stored, and a bool array of the same shape
        or None where all of them are valid.
    """
    if record.packed is not None:
        return record.packed(record)
    pixels, valid = read_window(
        record.files,
        record.sources,
        record.window,
        grid=record.grid,
        alphas=record.alphas or (0,) * len(record.files),
    )
    if verify:
        _verify(record, record.sources, pixels)
    return pixels, valid


def _verify(
    record: PatchRecord, sources: Sequence[BandSource], pixels: NDArray[Any]
) -> None:
    """Compare pixels with the checksums of the index, where it has them."""
    if not record.crc32:
        return
    for source, checksum in zip(sources, pixel_checksums(pixels), strict=True):
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


def footprint(
    record: PatchRecord, margin: float = 0.0
) -> tuple[NDArray[np.float64], str]:
    """Ground corners (4, 2) of a patch of an index, and their CRS.

    Args:
        margin (float): Widen it on each side by this share of its own.
    """
    grid = record.grid
    if grid is not None:
        crs, transform = grid.crs, Affine(*grid.transform)
    else:
        with open_raster(record.files[0]) as source:
            crs, transform = source.crs.to_wkt(), source.transform
    corners = ground_corners(transform, [record.window])
    return widened(corners, 1 + 2 * margin)[0], crs


def widened(corners: NDArray[np.float64], factor: Any) -> NDArray[np.float64]:
    """Corners (N, 4, 2), that many times as far from their middles.

    ``factor`` is a number, or an array (N, 1, 1).
    """
    middle = corners.mean(axis=1, keepdims=True)
    return np.where(
        factor == 1.0, corners, middle + (corners - middle) * factor
    )


def ground_corners(
    transform: Affine, windows: Sequence[Window]
) -> NDArray[np.float64]:
    """Ground corners of windows of pixels, array (N, 4, 2).

    Order: upper left, upper right, lower right, lower left of the image,
    which a rotated or sheared transform puts anywhere.
    """
    w = np.array(windows, np.float64).reshape(-1, 4)
    x = w[:, :1] + w[:, 2:3] * np.array([0, 1, 1, 0])
    y = w[:, 1:2] + w[:, 3:] * np.array([0, 0, 1, 1])
    t = transform
    ground = [t.a * x + t.b * y + t.c, t.d * x + t.e * y + t.f]
    return np.stack(ground, axis=2)
