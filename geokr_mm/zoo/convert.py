"""What the converters of all data sets share: command line and output."""

import argparse
import json
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import InputError, InputWarning
from ..files import check_output, folder_written_whole
from ..version import __version__
from .card import Card, load_card
from .check import check_files, check_sizes, find_root
from .lists import SEEDS, Indices, Labels, write_few_labels, write_list

#: Endings of images.
IMAGES = ('.jpg', '.jpeg', '.png', '.tif', '.tiff', '.bmp')
#: File that states what a prepared set is.
ABOUT = 'about.json'


@dataclass(frozen=True)
class Prepared:
    """What a converter found in a download, and how it divides it.

    Attributes:
        lines (list[str]): One line of a list for each image: its path below
            ``images/``, and its label where it has one.
        labels (int array (N,), optional): Class of each image; None where
            images have several.
        parts (Mapping[str, Mapping[str, int array]]): Images of each part,
            the one for training first, by protocol and part.
        places (list[str], optional): Place of each image, where known.
    """

    lines: list[str]
    labels: Labels | None
    parts: Mapping[str, Mapping[str, Indices]]
    places: list[str] | None = None


@dataclass(frozen=True)
class Job:
    """One preparation.

    Attributes:
        card (Card): Of the set.
        root (Path): Folder of the download that the card's patterns start
            from.
        files (list[Path]): Files of the set, checked.
        draft (Path): Folder to write ``images/`` and more to.
        seed (int): Of the split.
        piece (bool): A part of the set will do.
    """

    card: Card
    root: Path
    files: list[Path]
    draft: Path
    seed: int
    piece: bool


def run_converter(
    name: str, prepare: Callable[[Job], Prepared], description: str
) -> None:
    """Parse the command line of a converter and write the prepared set."""
    card = load_card(name)
    example = (
        f'example:\n  python tools/dataset_converters/{name}.py '
        f'downloads/{name} data/{name}\n'
    )
    parser = argparse.ArgumentParser(
        description=f'{description} Get it at {card.address}',
        epilog=example,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add('download', help='unpacked folder')
    add('out', help='folder to write; images that stay as they are are linked')
    add(
        '--piece',
        action='store_true',
        help='take a part of the set, whose results compare with nothing '
        'published',
    )
    add('--seed', type=int, default=0, help='of random splits (default: 0)')
    args = parser.parse_args()
    convert(card, args.download, args.out, prepare, args.piece, args.seed)


def convert(
    card: Card,
    download: str | Path,
    out: str | Path,
    prepare: Callable[[Job], Prepared],
    piece: bool = False,
    seed: int = 0,
) -> dict[str, Any]:
    """Check a download, prepare it, and write its lists.

    Args:
        out (str | Path): Written whole or not at all: ``images/``, a list
            ``PART_PROTOCOL.txt`` for each part of each protocol, lists of
            few labels in ``train_PROTOCOL/``, and :data:`ABOUT`.
        prepare (Callable): Divides the files.
        piece (bool): See :func:`.check_files`.

    Returns:
        dict: Content of :data:`ABOUT`.

    Raises:
        InputError: If the download is not the set, or ``out`` exists.
    """
    check_output(out, folder=True)
    root = find_root(card, download).resolve()
    files = check_files(card, root, piece)
    images = [path for path in files if path.suffix.lower() in IMAGES]
    sizes = check_sizes(card, images, piece)
    about: dict[str, Any] = dict(
        set=card.name,
        title=card.title,
        whole=not piece,
        files=len(files),
        of=card.total,
        sizes={f'{w} x {h}': n for (w, h), n in sizes.most_common(3)},
        seed=seed,
        licence=card.licence,
        citation=card.citation,
        geokr_mm=__version__,
    )
    with folder_written_whole(out) as draft:
        found = prepare(Job(card, root, files, draft, seed, piece))
        if not piece:
            _check_counts(card, found)
        about['parts'], left_out = _write_lists(draft, found)
        (draft / ABOUT).write_text(json.dumps(about, indent=1))
    _report(card, out, about, left_out)
    return about


def link_images(job: Job) -> None:
    """Let ``images/`` be the download's folder, which must stay there."""
    (job.draft / 'images').symlink_to(job.root, target_is_directory=True)


def _check_counts(card: Card, found: Prepared) -> None:
    """Refuse parts of another number of images than is published."""
    for name, parts in found.parts.items():
        for part, count in card.protocols[name].counts.items():
            if len(parts[part]) != count:
                raise InputError(
                    f'protocol {name}: {len(parts[part])} images in {part}, '
                    f'{card.title} has {count}; get it anew from '
                    f'{card.address}, or take a --piece'
                )


def warn_of_piece(folder: str | Path) -> None:
    """Warn where a prepared set is a part of the published one."""
    path = Path(folder, ABOUT)
    about = json.loads(path.read_text()) if path.is_file() else {}
    if not about.get('whole', True):
        total = about['of'] or 'an unknown number of'
        warnings.warn(
            f'{folder}: a piece of {about["title"]}, {about["files"]} of '
            f'{total} files; results compare with nothing published',
            InputWarning,
            stacklevel=2,
        )


def _write_lists(
    draft: Path, found: Prepared
) -> tuple[dict[str, dict[str, int]], list[str]]:
    """Write the lists of all protocols; sizes of parts, what was left out."""
    counts: dict[str, dict[str, int]] = {}
    left_out: list[str] = []
    for protocol, parts in found.parts.items():
        counts[protocol] = {part: len(rows) for part, rows in parts.items()}
        for part, rows in parts.items():
            if not len(rows):
                raise InputError(
                    f'protocol {protocol}: no image is left for {part}; '
                    'take a larger part of the set'
                )
            write_list(draft / f'{part}_{protocol}.txt', found.lines, rows)
        rows = next(iter(parts.values()))
        missing = write_few_labels(
            draft / f'train_{protocol}',
            [found.lines[i] for i in rows],
            None if found.labels is None else found.labels[rows],
            None if found.places is None else [found.places[i] for i in rows],
            SEEDS,
        )
        left_out += [f'{what} of {protocol}' for what in missing]
    return counts, left_out


def _report(
    card: Card,
    out: str | Path,
    about: dict[str, Any],
    left_out: list[str],
) -> None:
    """Print what was written, and what a reader of results must know."""
    sizes = ''.join(f', {size} pixels' for size in about['sizes'])
    print(f'{out}: {card.title}, {about["files"]} files{sizes}')
    for protocol, parts in about['parts'].items():
        text = ', '.join(f'{count} {part}' for part, count in parts.items())
        print(f'  {protocol}: {text} ({card.protocols[protocol].source})')
    absent = [name for name in card.protocols if name not in about['parts']]
    if absent:
        print(f'  left out: {", ".join(absent)}. {card.note}')
    if left_out:
        print(f'  too few images for lists of {", ".join(left_out)}')
    warn_of_piece(out)
