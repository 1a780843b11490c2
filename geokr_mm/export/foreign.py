"""A backbone as a network of torchvision or timm, with equal features."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ..errors import InputError, InputWarning
from ..interop import architecture_of, from_mmpretrain
from ..interop.layouts import sources_of
from .card import digest
from .networks import (
    COMPUTED,
    compare,
    fill,
    foreign_arguments,
    foreign_network,
    own_network,
)
from .state import Tensors

LIBRARIES = ('timm', 'torchvision')
# Of the largest feature.
TOLERANCE = 1e-6
# Pixels along the image on which convolutional networks are compared.
SIDE = 64
# The windows of a Swin Transformer fill its maps at this size.
SWIN_SIDE = 224


@dataclass(frozen=True)
class ForeignBackbone:
    """A backbone as a network of another library, without a classifier.

    Attributes:
        library (str): ``timm`` or ``torchvision``.
        family (str): ``resnet``, ``vgg``, ``convnext``, ``swin`` or ``vit``.
        name (str), args (dict): What builds the network there.
        network (nn.Module): With the weights.
        card (dict): Of the backbone that it was made from.
        channels (int): Bands of the input.
        features (int): Length of a feature vector.
        difference (float): Largest difference from a feature of mmpretrain,
            in units of the largest feature.
        left_out (list[str]): Tensors that the network has no place for.
        border (float, optional): The difference with the settings and the
            image size of pre-training, where a Swin Transformer's windows
            fill a map or reach beyond it; None if there is none.
        sha256 (str): Of the weights, see :func:`.card.digest`.
    """

    library: str
    family: str
    name: str
    args: dict[str, Any]
    network: Any
    card: dict[str, Any]
    channels: int
    features: int
    difference: float
    left_out: list[str]
    border: float | None = None
    sha256: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, 'sha256', digest(self.tensors))

    @property
    def tensors(self) -> Tensors:
        """The network's state, by the library's names."""
        return {
            k: t.contiguous() for k, t in self.network.state_dict().items()
        }

    @property
    def side(self) -> int | None:
        """Pixels along an image in pre-training; None where unknown."""
        args = self.card['architecture']['args']
        side = self.card.get('patch_size') or args.get('img_size')
        return side if isinstance(side, int) else None

    @property
    def learned_from(self) -> str | None:
        """The map and its year; None where the card lacks it."""
        product, year = self.card.get('product'), self.card.get('product_year')
        return f'{product} {year}' if product else None

    @property
    def title(self) -> str:
        """Letters, digits and hyphens; ends in digits of the hash."""
        source = self.learned_from or 'unknown'
        title = f'{self.name} {source} {self.sha256[:8]}'
        return title.replace(' ', '-').replace('+', '-')


def convert(
    tensors: Tensors, card: Mapping[str, Any], library: str
) -> ForeignBackbone:
    """Carry a backbone over to another library and compare its features.

    Args:
        tensors (dict): Bare state dict of a backbone of mmpretrain.
        card (Mapping): Its card.
        library (str): One of :data:`LIBRARIES`.

    Raises:
        InputError: If the card has no architecture, the library is missing
            or has no such network, or features differ there.
    """
    settings = card.get('architecture')
    if settings is None:
        raise InputError(
            'the card has no architecture; export from a checkpoint that '
            'geokr_mm.KnowledgeCardHook marked'
        )
    found = architecture_of(settings)
    name = getattr(found, library, None)
    if found is None or name is None:
        raise InputError(
            f'{library} has no counterpart of {_text(settings)}; export '
            'without --to, for OpenMMLab'
        )
    family = found.family.partition('_')[0]
    channels = next(t for t in tensors.values() if t.ndim == 4).shape[1]
    args = foreign_arguments(family, settings['args'], library)
    network = foreign_network(library, family, name, args, channels)
    fill(
        network,
        from_mmpretrain(tensors, found, library),
        f'{library} {name}',
    )
    changes: dict[str, Any] = {}
    side = SIDE
    if family == 'swin':
        changes, side = dict(pad_small_map=False), SWIN_SIDE
    if family == 'vit':
        side = settings['args'].get('img_size', 224)
        if library == 'torchvision':
            changes = dict(out_type='cls_token')
    own = own_network(family, settings, tensors, channels, **changes)
    difference, features = compare(own, network, channels, side)
    if difference > TOLERANCE:
        raise InputError(
            f'features of {library} {name} differ from those of '
            f'{_text(settings)} by {difference:.1g} of the largest, since it '
            'lacks one of these settings; export without --to'
        )
    kept = sources_of(found, library, tensors)
    backbone = ForeignBackbone(
        library=library,
        family=family,
        name=name,
        args=args,
        network=network,
        card=dict(card),
        channels=channels,
        features=features,
        difference=difference,
        left_out=[k for k in tensors if k not in kept and COMPUTED not in k],
    )
    return _with_border(backbone, tensors) if family == 'swin' else backbone


def _with_border(
    backbone: ForeignBackbone, tensors: Tensors
) -> ForeignBackbone:
    """Measure and report what windows at the border of a map change."""
    settings, side = backbone.card['architecture'], backbone.side or SWIN_SIDE
    if not settings['args'].get('pad_small_map'):
        # It cannot have read smaller images.
        side = max(side, SWIN_SIDE)
    own = own_network('swin', settings, tensors, backbone.channels)
    found, _ = compare(own, backbone.network, backbone.channels, side)
    if found <= TOLERANCE:
        return backbone
    warnings.warn(
        f'{backbone.library} {backbone.name} treats windows at the border of '
        f'a map in another way than mmpretrain: at {side} px features differ '
        f'by {found:.1g} of the largest, with equal weights',
        InputWarning,
        stacklevel=2,
    )
    return replace(backbone, border=found)


def _text(settings: Mapping[str, Any]) -> str:
    args = ', '.join(f'{k}={v!r}' for k, v in settings['args'].items())
    return f'{settings["type"]}({args})'
