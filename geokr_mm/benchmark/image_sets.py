"""Labelled images of a test, in memory."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from ..errors import InputError
from ..geo.index.knowledge_index import KnowledgeIndex
from ..geo.scenes.patch import read_patch
from ..geo.scenes.radiometry import stretch
from .classifiers import draw
from .prepared import ALL, Lists, Rows, read_lists
from .protocol import ImageSet

SUFFIXES = ('.jpg', '.jpeg', '.png', '.tif', '.tiff', '.bmp')
BANDS = ('red', 'green', 'blue')
PLACES = 'places.csv'


@dataclass(frozen=True)
class Images:
    """Images of one size and their classes.

    Attributes:
        source (str): Where they come from, for messages.
        pixels (uint8 array (N, 3, S, S)): Red, green and blue.
        labels (int64 array (N,)): Class of each image.
        lists (Lists, optional): Which are for training and which to test
            on. Defaults to None: drawn anew for each seed.
    """

    source: str
    pixels: NDArray[np.uint8]
    labels: NDArray[np.int64]
    lists: Lists | None = None

    def divide(self, labels: int | str, seed: int) -> tuple[Rows, Rows]:
        """Images to learn from, and images to test on.

        Args:
            labels (int | str): Images of each class, or ``'all'`` of a
                training list.
            seed (int): Of the draw.

        Raises:
            InputError, ValueError: If there are not so many.
        """
        if self.lists is not None:
            return self.lists.divide(labels, seed)
        if labels == ALL:
            raise ValueError('without lists nothing is for training alone')
        return draw(self.labels, int(labels), seed)


def from_folder(
    root: str | Path, size: int, west: float = -180, east: float = 180
) -> Images:
    """Images below a folder, whose sub-folders are the classes.

    Args:
        size (int): Side in pixels that they are resized to.
        west, east (float): Longitudes that an image must lie between, west
            included, by the folder's ``places.csv`` (``path``, ``lon``).

    Raises:
        InputError: If there are not two sub-folders with images, an image is
            damaged, or a range is wanted and ``places.csv`` lacks an image.
    """
    files, labels, _ = list_images(root)
    if (west, east) != (-180, 180):
        lon = _longitudes(Path(root), files)
        kept = np.flatnonzero((lon >= west) & (lon < east))
        files, labels = [files[i] for i in kept], labels[kept]
    pixels = [read_image(path, size) for path in files]
    return Images(str(root), np.stack(pixels), labels)


def of_test(test: ImageSet, folder: str) -> Images:
    """Images of a test of frozen features.

    Args:
        folder (str): That of the test, filled in.
    """
    if test.set:
        return from_prepared(folder, test.split, test.size)
    return from_folder(folder, test.size, test.west, test.east)


def from_prepared(folder: str | Path, split: str, size: int) -> Images:
    """Images of one protocol of a prepared set.

    Args:
        size (int): Side in pixels that they are resized to.

    Raises:
        InputError: See :func:`.read_lists`.
    """
    lists = read_lists(Path(folder), split)
    lines = [line.rsplit(' ', 1) for line in lists.lines()]
    images = Path(folder, 'images')
    pixels = [read_image(images / name, size) for name, _ in lines]
    labels = np.array([label for _, label in lines], np.int64)
    return Images(f'{folder}, {split}', np.stack(pixels), labels, lists)


def from_index(path: str | Path, size: int, count: int = 0) -> Images:
    """Patches of a knowledge index; the class is the largest one of each.

    Args:
        count (int): Patches to take, spread evenly; 0 for all.
    """
    index = KnowledgeIndex.open(path).kept()
    rows: NDArray[np.int64] = np.arange(len(index))
    if 0 < count < len(index):
        rows = np.linspace(0, len(index) - 1, count).astype(int)
    pixels = []
    for row in rows:
        record = index.record(int(row))
        patch = stretch(read_patch(record, BANDS), record.low, record.high)
        image = Image.fromarray(np.ascontiguousarray(patch.transpose(1, 2, 0)))
        pixels.append(_resized(image, size))
    labels = index.fractions[rows].argmax(axis=1).astype(np.int64)
    return Images(str(path), np.stack(pixels), labels)


def list_images(
    root: str | Path,
) -> tuple[list[Path], NDArray[np.int64], list[str]]:
    """Images below ``root``, whose sub-folders are the classes.

    Returns:
        tuple: Files, class of each file, names of the classes.

    Raises:
        InputError: If there is no sub-folder with images.
    """
    root = Path(root)
    if not root.is_dir():
        raise InputError(f'{root}: no such folder of images; check the path')
    files: list[Path] = []
    labels: list[int] = []
    classes: list[str] = []
    for folder in sorted(p for p in root.iterdir() if p.is_dir()):
        found = sorted(
            p for p in folder.iterdir() if p.suffix.lower() in SUFFIXES
        )
        if found:
            files += found
            labels += [len(classes)] * len(found)
            classes.append(folder.name)
    if len(classes) < 2:
        raise InputError(
            f'{root}: holds {len(classes)} folders of images; '
            'give a folder with one sub-folder for each class'
        )
    return files, np.array(labels, dtype=np.int64), classes


def read_image(path: Path, size: int) -> NDArray[np.uint8]:
    """Read and resize one image, bilinear with anti-aliasing, (3, S, S).

    Raises:
        InputError: If the file is no image or is cut off.
    """
    try:
        with Image.open(path) as file:
            return _resized(file.convert('RGB'), size)
    except (UnidentifiedImageError, OSError):
        raise InputError(
            f'{path}: is damaged or no image; replace or remove it'
        ) from None


def _resized(image: Image.Image, size: int) -> NDArray[np.uint8]:
    small = image.resize((size, size), Image.Resampling.BILINEAR)
    return np.ascontiguousarray(np.asarray(small).transpose(2, 0, 1))


def _longitudes(root: Path, files: Sequence[Path]) -> NDArray[np.float64]:
    path = root / PLACES
    if not path.is_file():
        raise InputError(
            f'{path}: no such file; it has the columns path and lon for each '
            'image'
        )
    lon = pd.read_csv(path).set_index('path')['lon']
    names = [file.relative_to(root).as_posix() for file in files]
    absent = [name for name in names if name not in lon.index]
    if absent:
        raise InputError(f'{path}: has no line of {absent[0]}; add it')
    return lon[names].to_numpy(np.float64)
