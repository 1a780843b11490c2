"""Architectures that several libraries have, and their names there."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import InputError


@dataclass(frozen=True)
class Architecture:
    """One architecture under its names in several libraries.

    Attributes:
        name (str): Here.
        family (str): Which table of :mod:`.names` it takes.
        depths (tuple[int, ...]): Blocks of each stage; of VGG convolutions.
        stem (str): mmpretrain's name of the convolution that takes the
            bands.
        width (int): Its output channels.
        type (str): In mmpretrain.
        args (dict): Arguments of the type for three bands.
        timm (str): Name in timm.
        torchvision (str, optional): Name there; None if it has none.
        huggingface (str, optional): A repository of Hugging Face with
            transformers' names; None if transformers has none.
    """

    name: str
    family: str
    depths: tuple[int, ...]
    stem: str
    width: int
    type: str
    args: dict[str, Any]
    timm: str
    torchvision: str | None
    huggingface: str | None


def _resnet(depth: int, *depths: int) -> Architecture:
    name = f'resnet{depth}'
    return Architecture(
        name,
        'resnet',
        depths,
        'conv1',
        64,
        'mmpretrain.ResNet',
        dict(depth=depth),
        timm=name,
        torchvision=name,
        huggingface=f'microsoft/resnet-{depth}',
    )


def _vit(
    name: str,
    arch: str,
    width: int,
    torchvision: str | None,
    huggingface: str,
    depth: int = 12,
) -> Architecture:
    return Architecture(
        name,
        'vit',
        (depth,),
        'patch_embed.projection',
        width,
        'mmpretrain.VisionTransformer',
        dict(arch=arch, img_size=224, patch_size=16, out_type='featmap'),
        timm=f'{name}_patch16_224',
        torchvision=torchvision,
        huggingface=huggingface,
    )


def _swin(arch: str, width: int, third: int, short: str) -> Architecture:
    return Architecture(
        f'swin_{arch}',
        'swin',
        (2, 2, third, 2),
        'patch_embed.projection',
        width,
        'mmpretrain.SwinTransformer',
        dict(arch=arch, img_size=224, out_indices=[3]),
        timm=f'swin_{arch}_patch4_window7_224',
        torchvision=f'swin_{short}',
        huggingface=f'microsoft/swin-{arch}-patch4-window7-224',
    )


_ALL = (
    _resnet(18, 2, 2, 2, 2),
    _resnet(34, 3, 4, 6, 3),
    _resnet(50, 3, 4, 6, 3),
    _resnet(101, 3, 4, 23, 3),
    _resnet(152, 3, 8, 36, 3),
    Architecture(
        'vgg16_bn',
        'vgg',
        (2, 2, 3, 3, 3),
        'features.0.conv',
        64,
        'mmpretrain.VGG',
        dict(depth=16, norm_cfg=dict(type='BN')),
        timm='vgg16_bn',
        torchvision='vgg16_bn',
        huggingface=None,
    ),
    Architecture(
        'convnext_tiny',
        'convnext',
        (3, 3, 9, 3),
        'downsample_layers.0.0',
        96,
        'mmpretrain.ConvNeXt',
        dict(arch='tiny', gap_before_final_norm=False, out_indices=[3]),
        timm='convnext_tiny',
        torchvision='convnext_tiny',
        huggingface='facebook/convnext-tiny-224',
    ),
    _swin('tiny', 96, 6, 't'),
    _swin('base', 128, 18, 'b'),
    _vit('vit_small', 'deit-small', 384, None, 'facebook/dino-vits16'),
    _vit('vit_base', 'base', 768, 'vit_b_16', 'google/vit-base-patch16-224'),
    _vit(
        'vit_large',
        'large',
        1024,
        'vit_l_16',
        'google/vit-large-patch16-224',
        depth=24,
    ),
)
ARCHITECTURES = {entry.name: entry for entry in _ALL}

# Other names of mmpretrain for the same architecture.
_SAME = {
    **dict.fromkeys(('t', 'tiny'), 'tiny'),
    **dict.fromkeys(
        ('deit-s', 'deit-small', 'dinov2-s', 'dinov2-small'), 'deit-small'
    ),
    **dict.fromkeys(('b', 'base', 'deit-b', 'deit-base'), 'base'),
    **dict.fromkeys(('l', 'large', 'deit-l', 'deit-large'), 'large'),
}


def find_architecture(name: str) -> Architecture:
    """The architecture of a name.

    Raises:
        InputError: If there is no such name.
    """
    if name not in ARCHITECTURES:
        raise InputError(
            f'architecture {name} is not known; choose from '
            f'{", ".join(ARCHITECTURES)}'
        )
    return ARCHITECTURES[name]


def architecture_of(settings: Mapping[str, Any]) -> Architecture | None:
    """The architecture that mmpretrain would build.

    Args:
        settings (Mapping): ``type`` and ``args``, as on a card.

    Returns:
        Architecture, optional: None if it is not in the table.
    """
    args = settings['args']
    kind = str(settings['type']).rpartition('.')[2]
    for entry in _ALL:
        if entry.type.rpartition('.')[2] != kind:
            continue
        if kind == 'VGG' and not args.get('norm_cfg'):
            continue
        if 'depth' in entry.args:
            same = args.get('depth') == entry.args['depth']
        else:
            given = str(args.get('arch', '')).lower()
            same = _SAME.get(given) == entry.args['arch']
        if same:
            return entry
    return None
