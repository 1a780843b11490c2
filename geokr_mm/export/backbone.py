"""From a training checkpoint to a backbone file, and back."""

import contextlib
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from ..errors import InputError
from ..files import expanded, written_whole
from .bands import adapt_bands
from .card import describe, digest
from .checkpoint import read_checkpoint
from .sensor import of_sensor
from .state import Tensors, check_finite, select_branch, state_of
from .teacher import teacher_moves

# Starts of the names that FPNs of mmseg and mmdet have.
PYRAMID = ('lateral_convs.', 'fpn_convs.')
# Under this name a .safetensors file carries the card.
CARD_KEY = 'geokr_mm'


def export_backbone(
    checkpoint: str | Path,
    out: str | Path,
    branch: str | None = None,
    bands: Sequence[str] | None = None,
    neck: str | Path | None = None,
    sensor: str | None = None,
) -> dict[str, Any]:
    """Write a backbone file, ``.pth`` and ``.safetensors`` side by side.

    All are written whole or not at all, and hold tensors and plain types
    only.

    Args:
        checkpoint (str | Path): Checkpoint of a pre-training run, or a
            backbone file that this function wrote.
        out (str | Path): Where to write, with or without ``.pth``.
        branch (str, optional): See :func:`select_branch`.
        bands (Sequence[str], optional): Fit the first convolution to these,
            see :func:`.adapt_bands`. Defaults to None: as it is.
        neck (str | Path, optional): Where to write the same branch's feature
            pyramid in the same form, a file of its own. Defaults to None:
            nowhere.
        sensor (str, optional): Whose stem to take, see :func:`.of_sensor`.

    Returns:
        dict: The backbone's card, see :func:`geokr_mm.export.card.describe`,
        and under ``teacher`` that of :func:`.teacher_moves`, None for a
        student.

    Raises:
        InputError: If the checkpoint cannot be read safely or has no such
            branch or no pyramid, its teacher never moved, its weights are no
            numbers, or a folder cannot be written to.
    """
    content = _content(checkpoint, sensor)
    if neck is not None and card_of(content) is not None:
        raise InputError(
            f'{checkpoint}: is a backbone file, which holds no neck; '
            'give the training checkpoint'
        )
    tensors, card = _taken(content, checkpoint, branch, bands)
    files = _files(out, tensors, card)
    if neck is not None:
        part = take_part(content, card['branch'], checkpoint, 'neck')
        necks = _files(neck, *part)
        if files.keys() & necks.keys():
            raise InputError(
                f'{neck}: is the file of the backbone too; give the neck a '
                'file of its own'
            )
        files |= necks
    publish(files)
    return card


def take_backbone(
    checkpoint: str | Path,
    branch: str | None = None,
    bands: Sequence[str] | None = None,
    sensor: str | None = None,
) -> tuple[Tensors, dict[str, Any]]:
    """Read what :func:`export_backbone` would write.

    Args:
        checkpoint (str | Path), branch (str, optional), bands (Sequence[str],
            optional), sensor (str, optional): See there.

    Returns:
        tuple: The bare state dict and the card.

    Raises:
        InputError: See there.
    """
    return _taken(_content(checkpoint, sensor), checkpoint, branch, bands)


def take_part(
    checkpoint: Mapping[str, Any],
    branch: str | None,
    source: str | Path,
    part: str = 'backbone',
) -> tuple[Tensors, dict[str, Any]]:
    """Take a part of one branch out of a training checkpoint.

    Args:
        checkpoint (Mapping): A training checkpoint.
        branch (str, optional): See :func:`.select_branch`.
        source (str | Path): Name of the file, for the error message.
        part (str): ``backbone``, or ``neck``: a feature pyramid. Defaults to
            'backbone'.

    Returns:
        tuple: The bare state dict and the card.

    Raises:
        InputError: If there is no such branch or part, the neck is a
            projector, or the weights are no numbers.
    """
    branch, tensors = select_branch(
        checkpoint['state_dict'], branch, source, part
    )
    if part == 'neck' and not all(key.startswith(PYRAMID) for key in tensors):
        raise InputError(
            f'{source}: its neck is a projector, which ends with '
            'pre-training; export without a neck, or train with a feature '
            'pyramid (configs/gridded/gridded-fpn_*)'
        )
    check_finite(tensors, source)
    return tensors, describe(checkpoint, branch, tensors, part)


def load_backbone(
    path: str | Path,
) -> tuple[Tensors, dict[str, Any]]:
    """Read a backbone file and check that its tensors are what was written.

    Args:
        path (str | Path): ``.pth`` or ``.safetensors`` of
            :func:`export_backbone`.

    Returns:
        tuple: The bare state dict and the card.

    Raises:
        InputError: If the file cannot be read, is no backbone file, was
            altered since it was written, or holds no numbers.
    """
    content = read_checkpoint(path)
    card = card_of(content)
    if card is None:
        raise InputError(
            f'{path}: is no backbone file of geokr_mm; '
            + _way_here(path, content)
        )
    tensors = content['state_dict']
    if digest(tensors) != card['sha256']:
        raise InputError(
            f'{path}: tensors differ from the checksum on the '
            'card, the file is damaged; copy it again'
        )
    check_finite(tensors, path)
    return tensors, card


def _content(checkpoint: str | Path, sensor: str | None) -> dict[str, Any]:
    content = read_checkpoint(checkpoint)
    if not isinstance(content.get('state_dict'), dict):
        raise InputError(
            f'{checkpoint}: has no state_dict; give a '
            'checkpoint that a training run wrote'
        )
    return of_sensor(content, sensor, checkpoint)


def _taken(
    content: Mapping[str, Any],
    checkpoint: str | Path,
    branch: str | None,
    bands: Sequence[str] | None,
) -> tuple[Tensors, dict[str, Any]]:
    """The backbone of a training checkpoint or of a backbone file."""
    if card_of(content) is not None:
        tensors, card = load_backbone(checkpoint)
        if branch not in (None, card['branch']):
            raise InputError(
                f'{checkpoint}: is the backbone of a {card["branch"]}, not '
                f'of a {branch}; give the training checkpoint'
            )
    else:
        tensors, card = take_part(content, branch, checkpoint)
        card['teacher'] = None
        if card['branch'] == 'teacher':
            card['teacher'] = teacher_moves(content, checkpoint)
    if bands is not None:
        try:
            tensors, card = adapt_bands(tensors, card, bands)
        except InputError as error:
            raise InputError(f'{checkpoint}: {error}') from None
    return tensors, card


def _way_here(path: str | Path, content: Mapping[str, Any]) -> str:
    """How another file becomes a backbone file."""
    state = state_of(content)
    if not any(name.startswith('teacher.backbone.') for name in state):
        from ..interop.starts import import_command

        command = import_command(path, state)
        if command is not None:
            return command
    return (
        'write one with tools/export_backbone.py, or of a file of another '
        'library with tools/import_backbone.py'
    )


def card_of(content: Mapping[str, Any]) -> dict[str, Any] | None:
    """The card in what a file holds; None if it is no backbone file."""
    card = content.get('meta')
    if 'metadata' in content:
        card = json.loads(content['metadata'].get(CARD_KEY, 'null'))
    if not isinstance(card, dict) or 'sha256' not in card:
        return None
    return card


def write_backbone(
    out: str | Path, tensors: Tensors, card: dict[str, Any]
) -> None:
    """Write both forms of a backbone file, whole or not at all.

    Args:
        out (str | Path): With or without ``.pth``.
        tensors (dict[str, Tensor]): Bare state dict.
        card (dict): With ``sha256`` of the tensors.

    Raises:
        InputError: If the folder cannot be written to.
    """
    publish(_files(out, tensors, card))


def _files(
    out: str | Path, tensors: Tensors, card: dict[str, Any]
) -> dict[Path, Callable[[str], None]]:
    content = dict(state_dict=tensors, meta=card)
    return both_forms(out, tensors, content, {CARD_KEY: card})


def both_forms(
    out: str | Path,
    tensors: Tensors,
    content: Mapping[str, Any],
    metadata: Mapping[str, Any],
) -> dict[Path, Callable[[str], None]]:
    """The two forms of a file and what writes each, see :func:`publish`.

    Args:
        out (str | Path): Where to write, with or without ``.pth``.
        tensors (dict): What ``.safetensors`` holds.
        content (Mapping): What ``.pth`` holds.
        metadata (Mapping): Plain values, JSON in ``.safetensors``.
    """
    from safetensors.torch import save_file

    texts = {key: json.dumps(value) for key, value in metadata.items()}
    out = expanded(out)
    target = out if out.suffix == '.pth' else out.with_name(f'{out.name}.pth')
    return {
        target: lambda path: torch.save(content, path),
        target.with_suffix('.safetensors'): lambda path: save_file(
            tensors, path, metadata={'format': 'pt', **texts}
        ),
    }


def publish(writers: Mapping[Path, Callable[[str], None]]) -> None:
    """Write several files beside their final names, then move them there.

    Args:
        writers (Mapping): Final path to a function that writes to the path
            given to it.
    """
    target = None
    try:
        # Both drafts are complete before the first takes its final name.
        with contextlib.ExitStack() as drafts:
            for target, write in writers.items():
                write(str(drafts.enter_context(written_whole(target))))
    except OSError as error:
        raise InputError(
            f'{error.filename or target}: cannot be written '
            f'({error.strerror}); choose another OUT'
        ) from None
