"""From raster codes to columns of an area table."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ..maps.legend import Legend
from ..maps.product import Product
from .tile import EMPTY, Tile

# Any code that the product does not have, in packed codes.
UNKNOWN = 255


class ClassCodes:
    """Columns of the area table: classes, then sea, nodata and others.

    Args:
        legend (Legend): Classes of the first columns.

    Attributes:
        classes (int): Number of classes, the first columns.
        sea, nodata, unknown, outside (int): Further columns.
        width (int): Number of columns.
    """

    def __init__(self, product: Product, legend: Legend) -> None:
        self.product = product
        self.classes = len(legend.classes)
        self.sea = self.classes
        self.nodata = self.classes + 1
        self.unknown = self.classes + 2
        self.outside = self.classes + 3
        self.width = self.classes + 4
        self._columns = dict.fromkeys(product.nodata, self.nodata)
        self._columns.update(dict.fromkeys(product.sea, self.sea))
        self._columns.update(product.columns(legend))
        self._codes = np.array(sorted(self._columns), np.int64)
        if len(self._codes) >= UNKNOWN:
            raise InputError(
                f'product {product.name!r}: more than {UNKNOWN - 1} codes; '
                'fold some into classes before use'
            )
        free = set(range(256)) - set(self._columns) - {UNKNOWN}
        #: An unused 8-bit code that marks water that is sea by its extent.
        self.sea_mark = max(free)
        #: In place of that code where a file has it beside the sea.
        self.not_sea = max(free - {self.sea_mark})

    def packed(self, tile: Tile) -> bool:
        """Whether a tile's codes need packing into 8 bits."""
        marks = self.sea_mark, self.not_sea
        return tile.dtype != 'uint8' or tile.nodata in marks

    def lookup(self, tile: Tile, marked: bool = False) -> NDArray[np.int64]:
        """Column of each 8-bit code, array (256,), of a tile.

        The file's own nodata code is no class. It may be the product's code
        of the sea, which is not mapped either, and known to be sea. The sea
        may be ``marked`` in the codes.
        """
        columns = dict(self._columns)
        if tile.nodata is not None and columns.get(tile.nodata) != self.sea:
            columns[tile.nodata] = self.nodata
        table = np.full(256, self.unknown, np.int64)
        if self.packed(tile):
            for place, code in enumerate(self._codes):
                table[place] = columns[int(code)]
            # The file's own nodata code, where the product has no such code.
            table[len(self._codes)] = self.nodata
        else:
            for code, column in columns.items():
                if 0 <= code <= 255:
                    table[code] = column
        if marked:
            table[self.sea_mark] = self.sea
        return table

    def pack(self, codes: NDArray[Any], tile: Tile) -> NDArray[np.uint8]:
        """Codes as 8 bits, so that :meth:`lookup` fits them."""
        if not self.packed(tile):
            return codes.astype(np.uint8, copy=False)
        place = np.searchsorted(self._codes, codes)
        place = np.minimum(place, len(self._codes) - 1)
        packed = np.where(self._codes[place] == codes, place, UNKNOWN)
        if tile.nodata is not None and tile.nodata not in self._columns:
            packed[codes == tile.nodata] = len(self._codes)
        return packed.astype(np.uint8)

    def unknown_codes(
        self, codes: NDArray[Any], tile: Tile
    ) -> InputError | None:
        """The error for stored codes that the product does not have."""
        seen, counts = np.unique(codes, return_counts=True)
        wrong = sorted(set(seen.tolist()) - set(self._columns) - {tile.nodata})
        if not wrong:
            return None
        histogram = ', '.join(
            f'{code}: {count}'
            for code, count in zip(seen, counts, strict=True)
            if code != EMPTY
        )
        listed = ', '.join(map(str, wrong))
        return InputError(
            f'{tile.path}: code {listed} is not in the legend of product '
            f'{self.product.name!r} (cells per code here: {histogram}); '
            'choose the product that these codes belong to, or list them in '
            'a product file of your own'
        )
