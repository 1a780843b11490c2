"""The two ISPRS sets of semantic labelling, cut as mmsegmentation does."""

from collections.abc import Callable, Collection, Iterable
from pathlib import Path

from .convert import Job, Prepared
from .pairs import Pair, by_colour, matched, read_pixels, tiles, write_pairs

#: Impervious surface, building, low vegetation, tree, car, clutter; before
#: them what does not count.
COLOURS = (
    (0, 0, 0),
    (255, 255, 255),
    (0, 0, 255),
    (0, 255, 255),
    (0, 255, 0),
    (255, 255, 0),
    (255, 0, 0),
)
SIDE = 512


def isprs_tiles(
    job: Job,
    images: Iterable[Path],
    name_of: Callable[[Path], str],
    mask_of: Callable[[Path], Path],
    val: Collection[str],
) -> Prepared:
    """Tiles of images whose masks are colours; those named are for testing."""
    pairs = (
        Pair(
            name=name_of(image),
            part='val' if name_of(image) in val else 'train',
            image=read_pixels(image)[:3],
            mask=by_colour(read_pixels(mask), COLOURS),
        )
        for image, mask in matched(images, mask_of)
    )
    return write_pairs(job, tiles(pairs, SIDE))
