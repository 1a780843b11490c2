"""Modules that start from the file of their ``init_cfg``."""

import copy
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mmengine.model import BaseAveragedModel, PretrainedInit
from mmengine.registry import WEIGHT_INITIALIZERS
from torch import Tensor, nn

from geokr_mm.errors import InputError
from geokr_mm.export.backbone import card_of
from geokr_mm.export.card import digest
from geokr_mm.export.state import check_finite, state_of

from .advice import advise_start
from .comparison import Comparison, compare, some


@dataclass(frozen=True)
class Start:
    """A module and the file that its weights start from.

    Attributes:
        name (str): Of the module in its model, such as ``backbone``; empty
            for the whole model.
        module (nn.Module): The module.
        path (str): File or address.
        prefix (str, optional): Start of the names that are wanted.
    """

    name: str
    module: nn.Module
    path: str
    prefix: str | None

    @property
    def title(self) -> str:
        """The name for messages."""
        return self.name or 'the model'


def starts_of(model: nn.Module) -> Iterator[Start]:
    """All modules of a model whose ``init_cfg`` is of type ``Pretrained``.

    Args:
        model (nn.Module): A built model.

    Yields:
        Start: In the order of the modules. Averages of mmengine, such as the
        target network of BYOL, are left out: their first update copies.
    """
    averages = tuple(
        f'{name}.'
        for name, module in model.named_modules()
        if isinstance(module, BaseAveragedModel)
    )
    for name, module in model.named_modules():
        if name.startswith(averages):
            continue
        config = getattr(module, 'init_cfg', None)
        for init in config if isinstance(config, list) else [config]:
            if not isinstance(init, dict):
                continue
            if _is_pretrained(init):
                yield _start(name, module, init)
            parts = init.get('override') or []
            for part in parts if isinstance(parts, list) else [parts]:
                if _is_pretrained(part):
                    inner = f'{name}.{part["name"]}'.lstrip('.')
                    yield _start(inner, getattr(module, part['name']), part)


def start_file_of(model: nn.Module, config: Mapping[str, Any]) -> str | None:
    """File that the backbone of a model starts from, whoever loads it.

    Args:
        model (nn.Module): Built, with a backbone.
        config (Mapping): Its config: timm and others load weights for
            ``pretrained=True`` while a backbone is built.

    Returns:
        str, optional: Path, address or what stands for it.
    """
    for start in starts_of(model):
        if start.name in ('', 'backbone'):
            return start.path
    for part in (config, config.get('backbone') or {}):
        if part.get('pretrained'):
            return f'pretrained={part["pretrained"]}'
    return None


def check_start(
    start: Start,
    content: dict[str, Any],
    fresh: Collection[str],
    extra: Collection[str],
) -> tuple[Comparison, dict[str, Tensor]]:
    """Compare a file with the module that starts from it.

    Args:
        start (Start): Module and file; a copy of the module is filled.
        content (dict): What the file holds.
        fresh (Collection[str]): Starts of names that the file may lack.
        extra (Collection[str]): Starts of names that it may have besides.

    Returns:
        tuple: How the two differ, and the tensors that the module must hold
        once it has been initialised, by name.

    Raises:
        InputError: If they differ in more than is allowed, the file was
            damaged, or its weights are no numbers.
    """
    card = card_of(content) or content.get('meta')
    card = card if isinstance(card, dict) else {}
    path, raw = start.path, state_of(content)
    if 'sha256' in card and digest(raw) != card['sha256']:
        raise InputError(
            f'{path}: tensors differ from the checksum on '
            'the card, the file is damaged; copy it again'
        )
    advice = advise_start(start.name, start.module, path, raw, card)
    # As mmengine reads it.
    if start.prefix is None:
        state = {k.removeprefix('module.'): v for k, v in raw.items()}
    else:
        state = _below(raw, start.prefix.rstrip('.') + '.', path, advice)
    trial = copy.deepcopy(start.module)
    found = compare(trial, state)
    left = found.without(fresh, extra)
    _name_bands(start.title, left, path, card)
    if not left.fits:
        raise InputError(
            f'{path}: does not fit {start.title}, {left.text()}; {advice}'
        )
    taken = {
        k: v.clone().cpu()
        for k, v in trial.state_dict().items()
        if k in state and k not in found.reshaped
    }
    check_finite(taken, path)
    return found, taken


def _start(name: str, module: nn.Module, init: Mapping[str, Any]) -> Start:
    path = str(init.get('checkpoint'))
    return Start(name, module, path, init.get('prefix'))


def _is_pretrained(init: Mapping[str, Any]) -> bool:
    kind = init.get('type')
    if isinstance(kind, str):
        kind = WEIGHT_INITIALIZERS.get(kind)
    return isinstance(kind, type) and issubclass(kind, PretrainedInit)


def _below(
    state: dict[str, Tensor], prefix: str, path: str, advice: str
) -> dict[str, Tensor]:
    chosen = {
        key[len(prefix) :]: value
        for key, value in state.items()
        if key.startswith(prefix)
    }
    if not chosen:
        starts = list(dict.fromkeys(key.split('.')[0] for key in state))
        raise InputError(
            f'{path}: no name starts with prefix {prefix!r}; '
            f'names start with {some(starts)}; {advice}. Exported files '
            'have bare names and take no prefix'
        )
    return chosen


def _name_bands(
    title: str, found: Comparison, path: str, card: Mapping[str, Any]
) -> None:
    """Name the commonest reason for another shape: other bands."""
    if len(found.reshaped) != 1:
        return
    ((key, (have, want)),) = found.reshaped.items()
    if len(want) == 4 and have[0] == want[0] and have[2:] == want[2:]:
        bands = card.get('bands')
        known = f' ({", ".join(bands)})' if bands else ''
        raise InputError(
            f'{path}: was trained on {have[1]} bands{known} but {title} takes '
            f'{want[1]} ({key}); give the model in_channels={have[1]} '
            'and these bands, or fit the file to your bands with '
            'tools/export_backbone.py --bands'
        )
