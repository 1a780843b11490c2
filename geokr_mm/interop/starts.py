"""From a file of another library to a backbone file."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from torch import Tensor

from ..benchmark.features import MEAN, STD, build_backbone
from ..engine.weights.comparison import some
from ..errors import InputError
from ..export.backbone import write_backbone
from ..export.bands import adapt_bands
from ..export.card import FIELDS, digest, plain
from ..export.state import check_finite
from ..geo.index.radiometry import STRETCHED
from ..version import __version__
from .architectures import ARCHITECTURES, find_architecture
from .bands import match_bands, name_bands
from .families import find_family
from .fitting import Fit, fit
from .layouts import LAYOUTS, last_block, sources_of
from .sources import Source, read_source

COMMAND = 'python tools/import_backbone.py'


def import_backbone(
    source: str,
    arch: str | None,
    out: str | Path,
    bands: Sequence[str] | None = None,
    source_bands: Sequence[str] | None = None,
    mean: Sequence[float] | None = None,
    std: Sequence[float] | None = None,
    units: str | None = None,
    prefix: str | None = None,
    args: Mapping[str, Any] | None = None,
    partial: bool = False,
    family: str | None = None,
) -> tuple[dict[str, Any], Fit]:
    """Write a backbone file from weights of another library.

    Args:
        source (str): See :func:`.read_source`.
        arch (str, optional): Name of :data:`.ARCHITECTURES`; None for the
            one that the file fits whole.
        out (str | Path): Where to write, with or without ``.pth``.
        bands (Sequence[str], optional): Bands of the new backbone, see
            :func:`.match_bands`. Defaults to None: those of the file.
        source_bands (Sequence[str], optional): Names of the file's bands.
            Defaults to None: those of the family, or guessed from their
            number.
        mean (Sequence[float], optional): Of the file's bands, as it was
            trained with. Defaults to None: from beside the file, of the
            family, or for three bands ImageNet's.
        std (Sequence[float], optional): The same.
        units (str, optional): Of both, such as ``reflectance``. Defaults to
            None: bytes, 0 to 255.
        prefix (str, optional): Start of the names to take. Defaults to
            None: the one below which most lies.
        args (Mapping, optional): Arguments of mmpretrain's backbone that
            differ, such as ``img_size``. Defaults to None: none.
        partial (bool): Whether part of the backbone may start fresh, and
            part of the file's be left out. Defaults to False.
        family (str, optional): See :func:`.find_family`.

    Returns:
        tuple: The card, and what fits. Its notes have all that was guessed
        or changed.

    Raises:
        InputError: If the file cannot be read, fits less than the whole
            backbone, is of a family that no backbone can hold, or its bands
            cannot be matched.
    """
    found = read_source(source)
    notes: list[str] = []
    try:
        known = find_family(family, source, found.tensors, notes)
        arch = arch or _fitting(found.tensors, notes)
    except InputError as error:
        raise InputError(f'{source}: {error}') from None
    chosen = find_architecture(arch)
    settings = dict(type=chosen.type, args={**chosen.args, **(args or {})})
    try:
        module = build_backbone(settings)
    except (TypeError, AssertionError, ValueError) as error:
        raise InputError(
            f'{chosen.type} cannot be built with {settings["args"]}: {error}'
        ) from None
    try:
        wanted = len(source_bands or (known.bands if known else ()))
        result = fit(found.tensors, chosen, module, prefix, wanted)
        if not result.whole and not partial:
            raise InputError(_misfit(result, found.tensors, source, arch))
        stem = result.tensors[f'{chosen.stem}.weight']
        count = len(bands) if bands else stem.shape[1]
        if chosen.family == 'vgg' and count != 3:
            raise InputError(
                f'mmpretrain.VGG takes three bands, not {count}; choose three '
                'with --bands'
            )
        result.notes += notes
        if known and not known.takes(stem.shape[1], result.notes):
            known = None
        if known and source_bands is None:
            source_bands = known.bands
            result.notes.append(known.describe(STRETCHED))
        names = name_bands(stem.shape[1], source_bands, result.notes)
        card = _card(settings, stem.shape[1], names, result, source)
        if known:
            card['imported'].update(family=known.name, facts=known.source)
            if not (mean or std or units or found.mean):
                mean, std, units = known.mean, known.std, known.units
        _normalise(card, found, mean, std, units, result.notes)
        if chosen.family == 'swin' and 'pad_small_map' not in (args or {}):
            result.notes.append(
                'for images of less than 224 pixels import with --args '
                'pad_small_map=True'
            )
        tensors = result.tensors
        card['sha256'] = digest(tensors)
        if bands is not None:
            entries = match_bands(bands, names, result.notes)
            tensors, card = adapt_bands(tensors, card, entries)
    except InputError as error:
        raise InputError(f'{source}: {error}') from None
    check_finite(tensors, source)
    card['unknown'] = [key for key in FIELDS if card[key] is None]
    write_backbone(out, tensors, card)
    return card, result


def _card(
    settings: Mapping[str, Any],
    channels: int,
    bands: Sequence[str] | None,
    result: Fit,
    source: str,
) -> dict[str, Any]:
    card: dict[str, Any] = dict.fromkeys(FIELDS)
    args = dict(settings['args'])
    if channels != 3:
        args['in_channels'] = channels
    card.update(
        architecture=plain(dict(type=settings['type'], args=args)),
        bands=list(bands) if bands else None,
        code_version=__version__,
        teacher=None,
        imported=dict(
            file=source,
            layout=result.layouts[0],
            prefix=result.prefix,
            fresh=result.fresh,
            left_out=[*result.beside, *result.surplus],
        ),
    )
    return card


def _normalise(
    card: dict[str, Any],
    found: Source,
    mean: Sequence[float] | None,
    std: Sequence[float] | None,
    units: str | None,
    notes: list[str],
) -> None:
    """Put mean and deviation on the card, known or guessed."""
    count = len(card['bands'] or ())
    values = [mean or found.mean, std or found.std]
    if values == [None, None] and count == 3:
        values = [MEAN, STD]
        notes.append(
            "guessed: mean and std are ImageNet's; if not, give --mean and "
            '--std'
        )
    for key, given in zip(('mean', 'std'), values, strict=True):
        if given is not None and len(given) != count:
            raise InputError(
                f'{len(given)} values of {key} for {count} named bands; '
                'give one for each band of the file'
            )
        card[key] = plain(given)
    if card['mean'] is not None:
        card['values'] = 'physical' if units else 'stretched'
        card['units'] = units or STRETCHED
    card['licence'] = found.licence


def _misfit(
    result: Fit, state: Mapping[str, Tensor], source: str, arch: str
) -> str:
    """What does not fit, and what to do."""
    parts = []
    if result.fresh and result.found is not None:
        reshaped = result.found.reshaped
        first = next((n for n in result.fresh if n in reshaped), None)
        parts.append(
            f'{len(result.fresh)} of '
            f'{len(result.fresh) + len(result.loaded)} tensors of {arch} '
            f'are not in the file: {some(result.fresh)}'
            if first is None
            else f'{len(result.fresh)} tensors of {arch} do not fit: {first} '
            f'is {reshaped[first][0]} in the file and {reshaped[first][1]} '
            'in the backbone'
        )
    if result.surplus:
        parts.append(
            f'{len(result.surplus)} tensors of its network are not in {arch}: '
            f'{some(result.surplus)}'
        )
    known = recognise(state)
    cure = (
        'give the architecture of the file, or --partial to let these start '
        'fresh or be left out'
    )
    if known is not None and known != arch:
        cure = f'give --arch {known}'
    return f'{" and ".join(parts)}; {cure}'


def _fitting(state: Mapping[str, Tensor], notes: list[str]) -> str:
    name = recognise(state)
    if name is None:
        raise InputError(
            f'fits none of {", ".join(ARCHITECTURES)} whole; give --arch'
        )
    notes.append(f'guessed: it is {name}, which it fits whole')
    return name


def recognise(state: Mapping[str, Tensor]) -> str | None:
    """The architecture that a file's weights fit completely.

    Args:
        state (Mapping): Weights by the file's names.

    Returns:
        str, optional: Name of :data:`.ARCHITECTURES`; None if there is none.
    """
    for architecture in ARCHITECTURES.values():
        stem = f'{architecture.stem}.weight'
        ends = {
            name
            for layout in LAYOUTS[architecture.family]
            for names in sources_of(architecture, layout, [stem]).values()
            for name in names
        }
        deepest = {
            name
            for layout in LAYOUTS[architecture.family]
            for name in last_block(architecture, layout)
        }
        if any(
            f'.{part}.' in f'.{name}.' for part in deepest for name in state
        ) and any(
            tensor.ndim == 4
            and len(tensor) == architecture.width
            and any(f'.{name}'.endswith(f'.{end}') for end in ends)
            for name, tensor in state.items()
        ):
            settings = dict(type=architecture.type, args=architecture.args)
            module = build_backbone(settings)
            try:
                if fit(state, architecture, module).whole:
                    return architecture.name
            except InputError:
                continue
    return None


def import_command(
    path: str | Path, state: Mapping[str, Tensor]
) -> str | None:
    """The command that makes a backbone file of a foreign one.

    Args:
        path (str | Path): The file.
        state (Mapping): Its weights.

    Returns:
        str, optional: With what the file holds; None if that is not known.
    """
    name = recognise(state)
    if name is None:
        return None
    return (
        f'it holds {name} of another library: {COMMAND} {path} '
        f'--arch {name} --out START.pth'
    )
