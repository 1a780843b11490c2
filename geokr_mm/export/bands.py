"""Fits a backbone to other bands than it was trained on."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from ..errors import InputError
from .card import digest

# Numbers of each band on a card, and in its stretch.
MEASURED = ('mean', 'std', 'scale', 'offset')
LIMITS = ('low', 'high')


def adapt_bands(
    tensors: Mapping[str, torch.Tensor],
    card: Mapping[str, Any],
    bands: Sequence[str],
    rescale: bool = True,
) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """Rebuild the first convolution for a list of bands, by name.

    Weights of the backbone's own bands are copied; those of a new one
    are the mean over all of them, so that it starts as a band
    like any other. Then all are multiplied by C / C', bands before over bands
    after. A pixel that is equally bright in all bands so gives the same
    response as before if no band was left out, and about the same otherwise.

    Mean, deviation, scale, offset and limits of the stretch on the card are
    treated alike, since they go with the weights: copied, or the mean over
    the known bands. The wavelength of a new band is not known.

    Args:
        tensors (Mapping): Bare state dict of a backbone file.
        card (Mapping): Its card; ``bands`` are in the order of the weights.
        bands (Sequence[str]): Bands wanted, in this order. ``'b4=red'``
            calls the backbone's band ``red`` now ``b4``.
        rescale (bool): Whether to multiply. Defaults to True.

    Returns:
        tuple: State dict and card of the adapted backbone. Its
        ``adapted`` describes what it was made from.

    Raises:
        InputError: If the card names no bands, a band is wanted twice, none
            is known, or the first convolution is not clear.
    """
    known = card.get('bands')
    if not known:
        raise InputError(
            'the card names no bands, so none can be chosen by name; '
            'export from a checkpoint that geokr_mm.KnowledgeCardHook marked'
        )
    wanted = [_split(entry, known) for entry in bands]
    names = [name for name, _ in wanted]
    if not names or len(set(names)) < len(names):
        raise InputError(
            f'bands {", ".join(names)}: want at least one, each once'
        )
    picked = [None if s is None else known.index(s) for _, s in wanted]
    if all(place is None for place in picked):
        raise InputError(
            f'none of the bands {", ".join(names)} is known to the backbone, '
            f'which has {", ".join(known)}; name each, for example '
            f'{names[0]}={known[0]}'
        )
    stem = _stem(tensors, len(known))
    weight = tensors[stem]
    columns = [
        weight.mean(dim=1) if place is None else weight[:, place]
        for place in picked
    ]
    adapted = torch.stack(columns, dim=1)
    if rescale:
        adapted = adapted * (len(known) / len(names))
    result = {**tensors, stem: adapted.contiguous()}

    described = dict(card)
    described.update(
        bands=names,
        sha256=digest(result),
        adapted=dict(
            bands=list(known),
            new=[n for n, s in wanted if s is None],
            sha256=card.get('sha256'),
        ),
    )
    described.update(_adapted(card, MEASURED, picked, len(known)))
    if card.get('stretch'):
        limits = _adapted(card['stretch'], LIMITS, picked, len(known))
        described['stretch'] = {**card['stretch'], **limits}
    if card.get('wavelengths'):
        described['wavelengths'] = [
            None if place is None else card['wavelengths'][place]
            for place in picked
        ]
    architecture = card.get('architecture')
    if isinstance(architecture, dict):
        settings = {**architecture['args'], 'in_channels': len(names)}
        described['architecture'] = {**architecture, 'args': settings}
    return result, described


def _adapted(
    facts: Mapping[str, Any],
    keys: Sequence[str],
    picked: Sequence[int | None],
    bands: int,
) -> dict[str, list[float]]:
    """Numbers of each band for other bands; of a new one their mean."""
    return {
        key: [
            sum(facts[key]) / len(facts[key])
            if place is None
            else facts[key][place]
            for place in picked
        ]
        for key in keys
        if len(facts.get(key) or ()) == bands
    }


def _split(entry: str, known: Sequence[str]) -> tuple[str, str | None]:
    """Name of a wanted band and the band of the backbone that it is."""
    name, equals, source = entry.partition('=')
    if not equals:
        return name, name if name in known else None
    if source not in known:
        raise InputError(
            f'{entry}: the backbone has no band {source}; it has '
            f'{", ".join(known)}'
        )
    return name, source


def _stem(tensors: Mapping[str, torch.Tensor], bands: int) -> str:
    """Name of the convolution that takes the bands."""
    found = [
        name
        for name, tensor in tensors.items()
        if tensor.ndim == 4 and tensor.shape[1] == bands
    ]
    if len(found) != 1:
        raise InputError(
            f'the convolution that takes the {bands} bands of the card is '
            f'unclear, {len(found)} could: '
            f'{", ".join(found[:5]) or "none"}'
        )
    return found[0]
