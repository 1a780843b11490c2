"""Cloud and shadow shares of patches by the quality layer of their scene."""

from collections.abc import Sequence
from dataclasses import dataclass

from rasterio.errors import RasterioError
from rasterio.windows import Window as RasterWindow

from ..core.raster import environment, read_error
from ..core.validity import alpha_band, valid_pixels
from .mask_codes import MaskCodes
from .windowed_read import Grid, Window, open_on_grid


@dataclass(frozen=True)
class CloudMask:
    """The quality layer of one scene.

    Attributes:
        file (str): Its file, on any grid.
        band (int): Band of the file, from 1.
        codes (MaskCodes): What its values mean.
    """

    file: str
    band: int
    codes: MaskCodes

    def shares(
        self, grid: Grid, window: Window
    ) -> tuple[float | None, float | None]:
        """Shares of a window that are cloud and cloud shadow.

        Of the pixels with a value; both None where there are none.
        A layer on another grid is read by its nearest pixel.

        Args:
            grid (Grid): The scene's pixels.
            window (Window): Pixels of the scene.

        Raises:
            UnusableFileError: The file cannot be read.
        """
        numbers: Sequence[int] = self.codes.bands or (self.band,)
        area = RasterWindow(*window)
        source = open_on_grid(self.file, grid)
        try:
            with environment():
                values = source.read(numbers, window=area)
                valid = valid_pixels(
                    source, numbers, alpha_band(source), values, window=area
                )
        except (RasterioError, OSError) as error:
            raise read_error(self.file, error) from None
        one = values if self.codes.bands else values[0]
        cloud, shadow, empty = self.codes.decode(one)
        known = ~empty if valid is None else ~empty & valid.all(axis=0)
        count = int(known.sum())
        if not count:
            return None, None
        return (
            float((cloud & known).sum() / count),
            float((shadow & known).sum() / count),
        )
