"""Pixels of a patch as bytes, and back."""

import io
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
import pyarrow as pa
import simplejpeg
from numpy.typing import NDArray

from ..geo.core.validity import Valid

RGB = ('red', 'green', 'blue')
JPEG, NUMBERS, VALID = 'jpg', 'planes.npy.zst', 'valid.npy.zst'
#: Code of a patch in the shard's index: none, JPEG, or lossless with the
#: number of its type added.
ABSENT, LOSSY, LOSSLESS = 0, 1, 2
TYPES = (
    'uint8', 'int8', 'uint16', 'int16', 'uint32', 'int32', 'float32',
    'float64', 'uint64', 'int64',
)  # fmt: skip
# Written once and read often: higher levels are read faster, 12 by a fifth.
LEVEL = 12
# Of an .npy file with few dimensions.
HEAD_BYTES = 128


def encode(
    pixels: NDArray[Any], bands: Sequence[str], quality: int | None
) -> tuple[int, str, bytes]:
    """Pixels as JPEG where they are 8-bit RGB, else without loss.

    Lossless is a zstd-compressed .npy file, uint8 (bytes of a number, C, h,
    w) with the low byte first: smaller than whole numbers, and read faster.

    Args:
        pixels (array (C, h, w)): As stored in the scene.
        bands (sequence of str): Their names.
        quality (int | None): Of JPEG, 1 to 100; None for never.

    Returns:
        tuple: Code, ending of the file name, and the bytes.
    """
    if quality and tuple(bands) == RGB and pixels.dtype == np.uint8:
        image = cv2.merge([*pixels[::-1]])
        how = [cv2.IMWRITE_JPEG_QUALITY, quality]
        return LOSSY, JPEG, cv2.imencode('.jpg', image, how)[1].tobytes()
    low_first = pixels.dtype.newbyteorder('<')
    parts = np.ascontiguousarray(pixels, low_first).view(np.uint8)
    planes = parts.reshape(*pixels.shape, -1).transpose(3, 0, 1, 2)
    code = LOSSLESS + TYPES.index(pixels.dtype.name)
    return code, NUMBERS, _npy(planes)


def encode_valid(valid: Valid) -> bytes:
    """Which pixels (C, h, w) hold data, a zstd-compressed .npy file."""
    return _npy(valid)


def decode(
    data: memoryview, code: int, shape: tuple[int, int, int], which: list[int]
) -> NDArray[Any]:
    """Pixels of some bands, (len(which), h, w).

    Args:
        data (memoryview): What :func:`encode` gave.
        code (int): The same.
        shape (tuple[int, int, int]): Of all bands, (C, h, w).
        which (list of int): Bands wanted.
    """
    count, height, width = shape
    if code == LOSSY:
        # As OpenCV does, a quarter faster.
        image = simplejpeg.decode_jpeg(data, 'RGB')
        pixels = image.transpose(2, 0, 1)
        return pixels if which == list(range(count)) else pixels[which]
    kind = np.dtype(TYPES[code - LOSSLESS]).newbyteorder('<')
    planes = _numbers(data, (kind.itemsize, *shape))
    if which != list(range(count)):
        planes = planes[:, which]
    if kind.itemsize == 1:
        return planes[0].copy().view(kind)
    flat = planes.reshape(kind.itemsize, -1, width)
    joined = np.asarray(cv2.merge([*flat])).view(kind)
    return joined.reshape(len(which), height, width)


def decode_valid(data: memoryview, shape: tuple[int, int, int]) -> Valid:
    """The inverse of :func:`encode_valid`."""
    return _numbers(data, shape).view(np.bool_)


def _npy(array: NDArray[Any]) -> bytes:
    stream = io.BytesIO()
    np.save(stream, np.ascontiguousarray(array))
    codec = pa.Codec('zstd', compression_level=LEVEL)
    return bytes(codec.compress(stream.getvalue(), asbytes=True))


def _numbers(data: memoryview, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """Numbers of one byte, as :func:`_npy` wrote them."""
    size = HEAD_BYTES + int(np.prod(shape))
    found = pa.decompress(data, decompressed_size=size, codec='zstd')
    return np.frombuffer(found, np.uint8, offset=HEAD_BYTES).reshape(shape)
