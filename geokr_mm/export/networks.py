"""Networks of mmpretrain and of other libraries, and their features."""

import importlib
from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from ..compat import ensure_torchvision
from ..errors import InputError
from ..models.first_convolution import first_convolution, for_bands
from .state import Tensors

# Modules of torchvision that follow the features.
HEADS = dict(
    resnet='fc',
    vgg='classifier',
    convnext='classifier.2',
    swin='head',
    vit='heads',
)
# Last stage of mmpretrain's networks.
LAST: Mapping[str, Any] = dict(
    resnet=(3,), vgg=(4,), convnext=[3], swin=(3,), vit=-1
)
# A buffer that each library computes by itself.
COMPUTED = 'relative_position_index'


def foreign_arguments(
    family: str, args: Mapping[str, Any], library: str
) -> dict[str, Any]:
    """What another library's network takes beside its name and bands.

    Args:
        family (str): ``resnet``, ``vgg``, ``convnext``, ``swin`` or ``vit``.
        args (Mapping): Arguments in mmpretrain.
        library (str): ``timm`` or ``torchvision``.
    """
    if family == 'swin' and library == 'timm':
        # Else windows shrink with the image, and their tables with them.
        return dict(strict_img_size=False)
    if family != 'vit':
        return {}
    size = args.get('img_size', 224)
    if library == 'torchvision':
        return dict(image_size=size)
    result = dict(img_size=size, patch_size=args.get('patch_size', 16))
    if args.get('layer_scale_init_value'):
        result['init_values'] = args['layer_scale_init_value']
    if args.get('out_type', 'cls_token') != 'cls_token':
        # The mean of the tokens behind the last norm.
        result.update(global_pool='avg', fc_norm=False)
        result.update(class_token=args.get('with_cls_token', True))
    return result


def foreign_network(
    library: str, family: str, name: str, args: dict[str, Any], channels: int
) -> nn.Module:
    """Build a network of another library without its classifier.

    Args:
        library (str), family (str): See :func:`foreign_arguments`.
        name (str), args (dict): The network's in that library.
        channels (int): Bands.

    Raises:
        InputError: If the library is not installed.
    """
    ensure_torchvision()
    try:
        models = importlib.import_module(
            'timm' if library == 'timm' else 'torchvision.models'
        )
    except ImportError:
        raise InputError(
            f'{library} is not installed, with which the export compares '
            f'features; pip install {library}'
        ) from None
    if library == 'timm':
        network = models.create_model(
            name, num_classes=0, in_chans=channels, **args
        )
        if family == 'vgg':
            network.pre_logits = nn.Identity()
        return network
    network = models.get_model(name, weights=None, **args)
    network.set_submodule(HEADS[family], nn.Identity())
    _set_channels(network, channels)
    return network


def own_network(
    family: str,
    settings: Mapping[str, Any],
    tensors: Tensors,
    channels: int,
    **changes: Any,
) -> nn.Module:
    """Build the network of mmpretrain that a card describes.

    It returns the features of the last stage.

    Args:
        family (str): See :func:`foreign_arguments`.
        settings (Mapping): ``type`` and ``args`` of the card.
        tensors (dict): Its weights.
        channels (int): Bands.
        **changes: Other arguments than the card's.
    """
    from mmengine.registry import DefaultScope

    from ..registry import MODELS

    args = {**settings['args'], 'out_indices': LAST[family], **changes}
    if family == 'convnext':
        args['gap_before_final_norm'] = True
    if family == 'vit' and args.get('out_type') == 'raw':
        args['out_type'] = 'featmap'
    if family == 'vgg':
        args.pop('in_channels', None)
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        network = MODELS.build(dict(type=settings['type'], **args))
    _set_channels(network, channels)
    wanted = network.state_dict().keys()
    network.load_state_dict({k: tensors[k] for k in wanted & tensors.keys()})
    return network


def compare(
    own: Any, foreign: Any, channels: int, side: int
) -> tuple[float, int]:
    """Compare the features of two networks on one random image.

    Args:
        own (nn.Module): Of mmpretrain.
        foreign (nn.Module): Of another library, without a classifier.
        channels (int), side (int): Bands and pixels of the image.

    Returns:
        tuple: The largest difference in units of the largest feature, and
        the number of features. Maps are averaged first.
    """
    generator = torch.Generator().manual_seed(0)
    image = torch.randn(1, channels, side, side, generator=generator).double()
    # With fewer digits, deep networks differ by the order of sums.
    for network in (own, foreign):
        network.double().eval()
    with torch.inference_mode():
        here = _averaged(own(image)[-1])
        there = foreign(image)
        # torchvision averages the map of a VGG to 7 x 7 pixels.
        if there.numel() > here.numel():
            there = foreign.features(image)
        there = _averaged(there)
    foreign.float()
    largest = here.abs().max().clamp_min(torch.finfo(here.dtype).tiny)
    return float((here - there).abs().max() / largest), here.shape[1]


def fill(network: nn.Module, tensors: Tensors, where: str) -> None:
    """Load weights that must fit exactly.

    Args:
        network (nn.Module): Of another library.
        tensors (dict): By its names. What the network computes is added.
        where (str): The network's name, for the message.

    Raises:
        InputError: If one is missing or has another shape.
    """
    state = network.state_dict()
    tensors = {**{k: state[k] for k in state if COMPUTED in k}, **tensors}
    for name in sorted(state.keys() | tensors.keys()):
        ours, theirs = (
            tuple(found[name].shape) if name in found else 'none'
            for found in (tensors, state)
        )
        if ours != theirs:
            raise InputError(
                f'{where} has {name} of shape {theirs}, the backbone has '
                f'{ours}; export without --to, for OpenMMLab'
            )
    network.load_state_dict(tensors)


def _averaged(features: torch.Tensor) -> torch.Tensor:
    return features.mean((2, 3)) if features.ndim == 4 else features


def _set_channels(network: nn.Module, channels: int) -> None:
    """Give a network's first convolution another number of bands."""
    name, stem = first_convolution(network)
    if stem.in_channels != channels:
        network.set_submodule(name, for_bands(stem, channels))
