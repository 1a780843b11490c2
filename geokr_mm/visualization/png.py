"""Arrays as PNG images inside the page."""

import base64
import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .markup import Element, element


def png_uri(array: NDArray[Any], palette: NDArray[Any] | None = None) -> str:
    """Encode an array as a ``data:`` address.

    Args:
        array (np.ndarray): uint8, either an image (H, W, 3) or class indices
            (H, W) that go with a palette.
        palette (np.ndarray, optional): (K, 3) uint8. An index of K or above
            (255 stands for "not covered") becomes transparent.

    Raises:
        ValueError: If the array is neither of the two.
    """
    array = np.ascontiguousarray(array, dtype=np.uint8)
    buffer = io.BytesIO()
    if palette is None:
        if array.ndim != 3 or array.shape[2] != 3:
            raise ValueError(
                f'an image needs shape (H, W, 3), got {array.shape}'
            )
        Image.fromarray(array, 'RGB').save(buffer, 'png', optimize=True)
    else:
        if array.ndim != 2:
            raise ValueError(
                f'a class map needs shape (H, W), got {array.shape}'
            )
        count = len(palette)
        image = Image.fromarray(np.minimum(array, count), 'P')
        colours = np.vstack([palette, [[0, 0, 0]]]).astype(np.uint8)
        image.putpalette(colours.tobytes())
        image.save(buffer, 'png', optimize=True, transparency=count)
    return (
        'data:image/png;base64,' + base64.b64encode(buffer.getvalue()).decode()
    )


def picture(
    array: NDArray[Any],
    caption: str,
    palette: NDArray[Any] | None = None,
    note: str | None = None,
) -> Element:
    """A figure of an image or a class map, see :func:`png_uri`.

    Screen readers read the caption; ``note`` is muted text after it.
    """
    image = element(
        'img',
        src=png_uri(array, palette),
        alt=caption,
        class_='map' if palette is not None else 'photo',
    )
    extra = element('small', note) if note else None
    return element('figure', image, element('figcaption', caption, extra))
