"""Images with masks: pairs of files, tiles of large ones, their lists."""

import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from PIL import Image
from rasterio.errors import NotGeoreferencedWarning, RasterioError

from ..errors import InputError
from ..geo.index.segmentation_export import write_image
from .convert import Job, Prepared

Pixels = NDArray[Any]
#: Value in a mask of pixels that do not count.
IGNORED = 255


@dataclass(frozen=True)
class Pair:
    """An image and its mask.

    Attributes:
        name (str): Path below ``images/`` and ``masks/``, without suffix.
        part (str): Part of the set that it is in.
        image (Path | Pixels): File that stays as it is, or (C, H, W).
        mask (Path | Pixels): File that stays as it is, or (H, W).
        protocol (str, optional): Whose part; None for the card's first.
    """

    name: str
    part: str
    image: Path | Pixels
    mask: Path | Pixels
    protocol: str | None = None


def write_pairs(job: Job, pairs: Iterable[Pair]) -> Prepared:
    """Write ``images/`` and ``masks/``; files that stay as they are linked.

    Images of three bands are PNG, others GeoTIFF; so are masks PNG.
    """
    protocols = job.card.protocols
    rows: dict[str, dict[str, list[int]]] = {
        name: {part: [] for part in protocol.parts}
        for name, protocol in protocols.items()
    }
    names: list[str] = []
    for pair in pairs:
        _put(job.draft / 'images' / pair.name, pair.image)
        _put(job.draft / 'masks' / pair.name, pair.mask)
        protocol = pair.protocol or next(iter(protocols))
        rows[protocol][pair.part].append(len(names))
        names.append(pair.name)
    parts = {
        protocol: {part: np.array(r, np.int64) for part, r in parts.items()}
        for protocol, parts in rows.items()
        # A piece may have nothing of a protocol.
        if any(parts.values()) or len(rows) == 1
    }
    return Prepared(names, None, parts)


def matched(
    images: Iterable[Path], mask_of: Callable[[Path], Path]
) -> Iterator[tuple[Path, Path]]:
    """Images and their masks.

    Raises:
        InputError: If the mask of an image is missing.
    """
    for image in images:
        mask = mask_of(image)
        if not mask.is_file():
            raise InputError(
                f'{mask}: the mask of {image} is missing; get it again'
            )
        yield image, mask


def read_pixels(*paths: Path) -> Pixels:
    """Bands of one file, or of several one after another, (C, H, W).

    Raises:
        InputError: If a file cannot be read, or has another size.
    """
    bands = []
    for path in paths:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter('ignore', NotGeoreferencedWarning)
                with rasterio.open(path) as source:
                    bands.append(source.read())
        except RasterioError:
            raise InputError(
                f'{path}: is damaged or no image; copy it again'
            ) from None
        if bands[-1].shape[1:] != bands[0].shape[1:]:
            raise InputError(
                f'{path}: has another size than {paths[0]}; copy both again'
            )
    return np.concatenate(bands)


def by_colour(
    image: Pixels, colours: Sequence[tuple[int, int, int]]
) -> Pixels:
    """Mask of a coloured image: the colour's number, 0 for any other."""
    red, green, blue = image[:3].astype(np.int32)
    found = red << 16 | green << 8 | blue
    mask = np.zeros(found.shape, np.uint8)
    for number, (r, g, b) in enumerate(colours):
        mask[found == (r << 16 | g << 8 | b)] = number
    return mask


def by_code(codes: Pixels, labels: Mapping[int, int]) -> Pixels:
    """Mask of codes; those without a label are :data:`IGNORED`."""
    mask = np.full(codes.shape, IGNORED, np.uint8)
    for code, label in labels.items():
        mask[codes == code] = label
    return mask


def tiles(
    pairs: Iterable[Pair], side: int, overlap: int = 0
) -> Iterator[Pair]:
    """Square parts of pairs of pixels, the last ones flush with the edge.

    They are named by their left, upper, right and lower edge. What is smaller
    than a tile stays so.
    """
    for pair in pairs:
        assert not isinstance(pair.image, Path)
        assert not isinstance(pair.mask, Path)
        height, width = pair.mask.shape
        for y in starts(height, side, overlap):
            for x in starts(width, side, overlap):
                bottom, right = min(y + side, height), min(x + side, width)
                yield replace(
                    pair,
                    name=f'{pair.name}_{x}_{y}_{right}_{bottom}',
                    image=pair.image[:, y:bottom, x:right],
                    mask=pair.mask[y:bottom, x:right],
                )


def starts(length: int, side: int, overlap: int = 0) -> list[int]:
    """Where tiles of a length start."""
    last = max(length - side, 0)
    return [*range(0, last, side - overlap), last]


def _put(place: Path, content: Path | Pixels) -> None:
    """Link a file, or write pixels, at a place without its suffix."""
    place.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, Path):
        place.with_name(place.name + content.suffix).symlink_to(content)
    elif content.ndim == 2:
        Image.fromarray(content).save(f'{place}.png')
    elif len(content) == 3 and content.dtype == np.uint8:
        Image.fromarray(content.transpose(1, 2, 0)).save(f'{place}.png')
    else:
        bands = [f'band {number + 1}' for number in range(len(content))]
        write_image(Path(f'{place}.tif'), content, bands)
