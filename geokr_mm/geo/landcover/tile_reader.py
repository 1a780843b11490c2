"""Reading the codes of a tile; GDAL marks empty cells."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasterio.errors import RasterioError
from rasterio.windows import Window

from ...errors import InputError
from ..core.raster import environment, open_raster, read_error
from .tile import EMPTY, Tile

# Larger numbers are no codes: 32 bits hold any that a product may have.
LARGEST = 2**32


class TileReader:
    """An open tile; decoding errors come out as one clear line.

    Use as a context manager: GDAL's settings hold inside it.
    """

    def __init__(self, tile: Tile) -> None:
        self.tile = tile
        self._plain = not (tile.masked or tile.floating)
        self._source: Any = open_raster(tile.path)
        self._settings = environment()

    def __enter__(self) -> 'TileReader':
        self._settings.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._source.close()
        self._settings.__exit__(*error)

    def read(
        self, col: int, row: int, width: int, height: int
    ) -> NDArray[Any]:
        """Codes of a window, array (height, width).

        Raises:
            InputError: Damaged data, or a value that is no whole number.
        """
        return self._read(window=Window(col, row, width, height))

    def read_parts(
        self,
        window: tuple[int, int, int, int],
        parts: Sequence[tuple[int, int, int, int]],
    ) -> NDArray[Any]:
        """Codes of some parts of a window, 0 elsewhere, as :meth:`read`.

        Windows are column, row, width and height.
        """
        left, top, width, height = window
        codes = np.zeros((height, width), self.tile.dtype)
        for col, row, w, h in parts:
            there = codes[row - top :, col - left :][:h, :w]
            area = Window(col, row, w, h)
            if self._plain:
                self._decode('read', window=area, out=there)
            else:
                there[...] = self._read(window=area)
        return codes

    def thinned(self, height: int, width: int) -> NDArray[Any]:
        """Codes of the whole file thinned to fewer cells.

        The cell nearest to each new centre, from the file's overviews where
        it has them; numbers that these have mixed are rounded.
        """
        return self._read(strict=False, out_shape=(height, width))

    def _read(self, strict: bool = True, **how: Any) -> NDArray[Any]:
        """Codes, with the tile's nodata where a cell is empty.

        A value that is no whole number is an error, or (not strict) rounded.
        """
        values = self._decode('read', **how)
        if self._plain:
            return values
        empty = np.zeros(values.shape, np.bool_)
        if self.tile.masked:
            empty = self._decode('read_masks', **how) == 0
        if self.tile.floating:
            empty |= ~np.isfinite(values)
            values = np.where(empty, 0, values)
            if strict:
                self._check_whole(values)
            values = np.rint(values)
        return np.where(empty, EMPTY, values.astype(np.int64))

    def _check_whole(self, values: NDArray[Any]) -> None:
        wrong = (values != np.rint(values)) | (np.abs(values) > LARGEST)
        if not wrong.any():
            return
        first = values[wrong][0]
        raise InputError(
            f'{self.tile.path}: holds {first} in band {self.tile.band}, which '
            "is no class code (a whole number); give the product's "
            'classification band, or, where only resampling mixed its codes, '
            'make it again with nearest neighbour'
        )

    def _decode(self, method: str, **how: Any) -> NDArray[Any]:
        try:
            found: NDArray[Any] = getattr(self._source, method)(
                self.tile.band, **how
            )
        except (RasterioError, OSError) as error:
            raise read_error(self.tile.path, error) from None
        return found
