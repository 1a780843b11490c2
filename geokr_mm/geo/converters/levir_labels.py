"""Lists and labels as the released GeoKR code writes them.

Source of every name and rule: github.com/flyakon/
Geographical-Knowledge-driven-Representaion-Learning at commit 2580265,

* tool/crop_images.py: images ``CROPS/FOLDER/SCENE_X_Y.tiff``, 256 x 256;
* tool/create_labels.py: labels ``LABELS/FOLDER/SCENE_X_Y.json``, an object
  of class name to number of GlobeLand30 cells (30 m) in the image;
* GeoKR/utils/global_land_utils.py: the class names, with their spelling;
* GeoKR/datasets/datasets/representation/representation_dataset.py: a text
  file of image paths, one a line; an image's label is found by the last two
  parts of its path.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ..core.options import comma_list, option
from ..core.raster import UnusableFileError
from ..core.remote_text import read_text
from ..maps.legend import Legend

#: Names in the label files, and those of the product's legend.
SPELLINGS = {
    'Cultivated_Land': 'cultivated',
    'Foreast': 'forest',
    'Grassland': 'grassland',
    'Shrubland': 'shrubland',
    'Wetland': 'wetland',
    'Waterbodies': 'water',
    'Tundra': 'tundra',
    'Artifical_Surfaces': 'artificial',
    'Bareland': 'bareland',
    'Permanent_Snow': 'snow_ice',
}
SEA = 'sea'
IMAGE_SUFFIXES = ('.tif', '.tiff')


@dataclass(frozen=True)
class LevirOptions:
    """What to convert, and how; each field's help explains it."""

    images: str = option(metavar='FOLDER', help='the images')
    labels: str = option(metavar='FOLDER', help='the counts')
    out: str = option(
        metavar='FILE',
        help='index to write; with a / at the end a folder of parts',
    )
    listed: str | None = option(
        None,
        flag='--list',
        metavar='FILE',
        help='train.txt: the last two parts of its paths count (default: all '
        'images)',
    )
    year: int = option(
        2020,
        type=int,
        help='year of the GlobeLand30 that was counted (default: 2020)',
    )
    band_names: tuple[str, ...] | None = option(
        None,
        read=comma_list,
        metavar='A,B,...',
        help='names of the bands where the images hold none',
    )
    without: tuple[str, ...] = option(
        (),
        flag='--no-filter',
        read=tuple,
        action='append',
        metavar='NAME',
        help='a filter to leave out; may be repeated',
    )


@dataclass(frozen=True)
class LabelledImage:
    """Files of an image and its label, and a name unique in the set."""

    path: str
    label: str
    name: str


@dataclass(frozen=True)
class ImageList:
    """All images of a set, a million of them in little memory.

    Two folders of folders, and ``FOLDER/FILE`` of each image.
    """

    images: str
    labels: str
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.names)

    def pairs(
        self, start: int = 0, stop: int | None = None
    ) -> Iterator[LabelledImage]:
        """The images ``start`` to ``stop`` with their labels."""
        for number in range(start, min(stop or len(self), len(self))):
            name = self.names[number]
            stem = name.rpartition('.')[0]
            yield LabelledImage(
                str(Path(self.images) / name),
                str(Path(self.labels) / f'{stem}.json'),
                stem.replace('/', '-', 1),
            )


def list_images(
    images: str, labels: str, listed: str | None = None
) -> ImageList:
    """Images in the order of a text file of paths (``train.txt``).

    They are those of the machine it was made on, Windows or not: the last two
    parts count. All images, sorted, by default.

    Raises:
        InputError: A folder or list that is not there, without images, or
            with one image twice.
    """
    for folder in (images, labels):
        if not Path(folder).is_dir():
            raise InputError(f'{folder}: no such folder')
    where = listed or images
    names = tuple(_in_folder(images) if listed is None else _in_list(listed))
    if not names:
        raise InputError(f'{where}: no images; expected FOLDER/SCENE_X_Y.tiff')
    seen: set[str] = set()
    for name in names:
        stem = name.rpartition('.')[0]
        if stem in seen:
            raise InputError(f'{where}: {stem} is there twice')
        seen.add(stem)
    return ImageList(images, labels, names)


def _in_folder(images: str) -> Iterator[str]:
    for path in sorted(Path(images).glob('*/*')):
        if path.suffix.lower() in IMAGE_SUFFIXES:
            yield f'{path.parent.name}/{path.name}'


def _in_list(listed: str) -> Iterator[str]:
    text = read_text(listed, 'list of images')
    for number, line in enumerate(text.splitlines(), 1):
        parts = line.strip().replace('\\', '/').split('/')
        if not parts[-1]:
            continue
        if len(parts) < 2 or '.' not in parts[-1]:
            raise InputError(
                f'{listed}: line {number}: {line.strip()!r} is no image in a '
                'folder; expected .../FOLDER/SCENE_X_Y.tiff'
            )
        yield f'{parts[-2]}/{parts[-1]}'


def read_counts(
    image: LabelledImage, legend: Legend
) -> tuple[NDArray[np.float64], float]:
    """Cells of each class of a legend (K,), and of sea, in an image.

    A class that a label leaves out counts 0, as in labels of fewer classes.

    Raises:
        UnusableFileError: No label, or not one of this kind.
    """
    path = Path(image.label)
    if not path.is_file():
        raise UnusableFileError(
            f'{image.path}: no label {image.label}; give the folder of labels '
            'or leave the image out',
            image.path,
            'no_label',
        )
    try:
        content = json.loads(path.read_text(encoding='utf-8'))
    except (OSError, ValueError) as error:
        raise _bad(image, f'not readable ({error})') from None
    if not isinstance(content, dict) or not content:
        raise _bad(image, 'no counts of classes')
    counts = dict.fromkeys([*legend.names, SEA], 0.0)
    for name, value in content.items():
        if name != SEA and name not in SPELLINGS:
            raise _bad(
                image,
                f'unknown class {name!r}, expected {", ".join(SPELLINGS)} or '
                f'{SEA}',
            )
        counts[SPELLINGS.get(name, SEA)] = _count(image, name, value)
    sea = counts.pop(SEA)
    return np.array([counts[name] for name in legend.names]), sea


def _count(image: LabelledImage, name: str, value: Any) -> float:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        number = float(value)
        if 0 <= number < float('inf'):
            return number
    raise _bad(image, f'{name} is {value!r}, not a number of cells')


def _bad(image: LabelledImage, what: str) -> UnusableFileError:
    return UnusableFileError(
        f'{image.label}: {" ".join(what.split())}; mend the label or leave '
        'its image out',
        image.path,
        'bad_label',
    )
