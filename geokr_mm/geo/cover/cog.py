"""Cloud-optimised GeoTIFFs, written block by block."""

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import numpy as np
import rasterio
import rasterio.shutil
from affine import Affine
from numpy.typing import NDArray
from rasterio.errors import RasterioError
from rasterio.windows import Window

from ...errors import InputError
from ..core.raster import environment
from ..maps.legend import Legend
from .cells import Span

# Rows and columns of a tile.
TILE = 256


class CogWriter:
    """Takes blocks of a raster in any order."""

    def __init__(self, sink: Any) -> None:
        self._sink = sink

    def write(self, span: Span, values: NDArray[Any]) -> None:
        """Write a block (h, w) or (h, w, bands)."""
        rows, cols = span.shape
        bands = values.reshape(rows, cols, -1).transpose(2, 0, 1)
        self._sink.write(bands, window=Window(span.col, span.row, cols, rows))


@contextlib.contextmanager
def cog(
    path: Path,
    shape: tuple[int, int],
    crs: str,
    transform: Affine,
    names: Sequence[str],
    tags: dict[str, str] | None = None,
    legend: Legend | None = None,
) -> Iterator[CogWriter]:
    """A GeoTIFF to fill; its overviews are made at the end.

    Args:
        shape (tuple[int, int]): Rows and columns.
        names (sequence of str): Of the bands, float32 with NaN for nothing.
        tags (dict, optional): Of the file.
        legend (Legend, optional): For one band of :func:`class_values`,
            uint8, with the colours and, in a sidecar, names of the classes.

    Raises:
        InputError: The disk is full or cannot be written.
    """
    draft = path.with_suffix('.draft.tif')
    nodata = np.nan if legend is None else class_values(legend)[1]
    profile = dict(
        driver='GTiff',
        height=shape[0],
        width=shape[1],
        count=len(names),
        dtype='float32' if legend is None else 'uint8',
        nodata=nodata,
        crs=crs,
        transform=transform,
        tiled=True,
        blockxsize=TILE,
        blockysize=TILE,
        BIGTIFF='IF_SAFER',
        SPARSE_OK=True,
    )
    how = dict(
        driver='COG',
        BLOCKSIZE=TILE,
        COMPRESS='DEFLATE',
        PREDICTOR='YES' if legend is None else 'NO',
        OVERVIEW_RESAMPLING='AVERAGE' if legend is None else 'MODE',
        BIGTIFF='IF_SAFER',
    )
    try:
        with environment():
            with rasterio.open(draft, 'w', **profile) as sink:
                sink.descriptions = tuple(names)
                sink.update_tags(**(tags or {}))
                if legend is not None:
                    sink.write_colormap(1, _colours(legend))
                yield CogWriter(sink)
            rasterio.shutil.copy(draft, path, **how)
    except (RasterioError, OSError) as error:
        if isinstance(error, InputError):
            raise
        reason = ' '.join(str(error.__cause__ or error).split())
        raise InputError(
            f'{path}: cannot be written ({reason}); free space or choose '
            'another --out'
        ) from None
    finally:
        draft.unlink(missing_ok=True)
    if legend is not None:
        _write_names(path, legend)


def class_values(legend: Legend) -> tuple[NDArray[np.uint8], int]:
    """Pixel value of each class (K,), and that of no class.

    The product's codes where a byte holds them, else 1, 2...
    """
    codes = [c.code for c in legend.classes]
    if len(set(codes)) < len(codes) or min(codes) < 0 or max(codes) > 255:
        codes = list(range(1, len(codes) + 1))
    nothing = next(n for n in (255, 0, *range(1, 255)) if n not in codes)
    return np.array(codes, np.uint8), nothing


def _colours(legend: Legend) -> dict[int, tuple[int, int, int, int]]:
    values, _ = class_values(legend)
    return {
        int(value): (*c.color, 255)
        for value, c in zip(values, legend.classes, strict=True)
    }


def _write_names(path: Path, legend: Legend) -> None:
    """Write names of the classes beside a file, as GDAL keeps them."""
    values, _ = class_values(legend)
    names = dict(zip(values.tolist(), legend.names, strict=True))
    lines = [
        f'      <Category>{escape(names.get(n, ""))}</Category>'
        for n in range(max(names) + 1)
    ]
    text = '\n'.join(
        [
            '<PAMDataset>',
            '  <PAMRasterBand band="1">',
            '    <CategoryNames>',
            *lines,
            '    </CategoryNames>',
            '  </PAMRasterBand>',
            '</PAMDataset>',
        ]
    )
    path.with_name(f'{path.name}.aux.xml').write_text(text + '\n')
