"""Whether a download is a data set, whole: names, counts, sizes, hashes."""

import hashlib
from collections import Counter
from pathlib import Path

from PIL import Image

from ..errors import InputError
from ..files import expanded
from ..geo.core.raster import open_raster
from .card import CLASS, Card

# Share of a side that an image of the set may differ by: some of UC Merced
# are a few pixels smaller, so torchgeo resizes them.
TOLERANCE = 0.1


def find_root(card: Card, download: str | Path) -> Path:
    """Folder of a download that the card's patterns start from.

    Raises:
        InputError: If there is no such folder, or nothing of the set in it.
    """
    folder = expanded(download)
    if folder.is_file():
        check_archive(card, folder)
        raise InputError(f'{folder}: unpack it and give the folder')
    if not folder.is_dir():
        raise InputError(f'{folder}: no such folder; get {_where(card)}')
    for inside in card.inside:
        for pattern, _ in card.expected():
            if any((folder / inside).glob(pattern)):
                return folder / inside
    patterns = [pattern for pattern, _ in card.expected()]
    raise InputError(
        f'{folder}: holds nothing of {card.title}, such as {patterns[0]}; '
        f'get {_where(card)}'
    )


def check_files(card: Card, root: Path, piece: bool = False) -> list[Path]:
    """Files of a set, in order of the card's patterns and of their names.

    Args:
        root (Path): Of :func:`find_root`.
        piece (bool): A part of the set will do: files and whole patterns may
            be absent, and images may have another size.

    Raises:
        InputError: For the first pattern with too many or too few files, a
            folder that is not of the set, or an image that is damaged or of
            another size.
    """
    _refuse_foreign_folders(card, root)
    found: list[Path] = []
    for pattern, count in card.expected():
        files = sorted(root.glob(pattern))
        most = len(files) if count is None else count
        least = 0 if piece else count or 1
        if not least <= len(files) <= most:
            raise InputError(
                f'{root / pattern}: {len(files)} files, {card.title} has '
                f'{count or "some"}; get {_where(card)}'
                + ('' if len(files) > most else ', or take a --piece')
            )
        found += files
    return found


def check_sizes(
    card: Card, images: list[Path], piece: bool = False
) -> Counter[tuple[int, int]]:
    """Sizes of images, (width, height) in pixels, and how many have each.

    Raises:
        InputError: If an image is damaged, or not of the card's size. A piece
            may have another one.
    """
    sizes: Counter[tuple[int, int]] = Counter()
    for path in images:
        size = _image_size(path)
        sizes[size] += 1
        wanted = card.size
        if wanted is None or piece:
            continue
        if any(abs(side - wanted) > TOLERANCE * wanted for side in size):
            raise InputError(
                f'{path}: {size[0]} x {size[1]} pixels, {card.title} has '
                f'{wanted} x {wanted}; get {_where(card)}, or take a --piece'
            )
    return sizes


def check_archive(card: Card, path: Path) -> None:
    """Compare a published archive with its hash.

    Raises:
        InputError: If the set has no archive of that name, or the file is
            another or cut off.
    """
    if path.name not in card.archives:
        known = ', '.join(card.archives) or 'none with a public hash'
        raise InputError(
            f'{path}: is a file, no folder; archives of {card.title}: '
            f'{known}. Unpack it and give the folder'
        )
    total = hashlib.md5(usedforsecurity=False)
    with path.open('rb') as file:
        while part := file.read(2**20):
            total.update(part)
    if total.hexdigest() != card.archives[path.name]:
        raise InputError(
            f'{path}: MD5 {total.hexdigest()}, that of {card.title} is '
            f'{card.archives[path.name]}; get {_where(card)} again'
        )


def _refuse_foreign_folders(card: Card, root: Path) -> None:
    """Where classes are folders, none may be of another name."""
    if not any(pattern.startswith(CLASS) for pattern in card.files):
        return
    folders = [path.name for path in sorted(root.iterdir()) if path.is_dir()]
    foreign = [name for name in folders if name not in card.classes]
    if foreign:
        raise InputError(
            f'{root / foreign[0]}: no class of {card.title}; its classes are '
            f'in {card.name}.yaml. Move the folder away, or get {_where(card)}'
        )


def _image_size(path: Path) -> tuple[int, int]:
    """Width and height, from the header alone."""
    try:
        # Pillow complains of each file with many bands.
        if path.suffix.lower() in ('.tif', '.tiff'):
            with open_raster(str(path), placed=False) as source:
                return source.width, source.height
        with Image.open(path) as image:
            return image.size
    except (OSError, InputError):
        raise InputError(
            f'{path}: is damaged or no image; copy it again'
        ) from None


def _where(card: Card) -> str:
    return f'{card.title} at {card.address}'
