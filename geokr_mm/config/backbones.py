"""Shipped model bases, by the name of their backbone."""

from pathlib import Path

from ..errors import InputError
from .bases import config_folder
from .starts import Start

# Side from which tokens of 16 pixels are enough; those of 8 are for less.
LARGE = 128


def backbone_name(
    wanted: str | None, start: Start | None, patch_size: int
) -> str:
    """Name of the shipped model base, such as ``'vit-small-p16'``.

    Args:
        wanted (str, optional): As given; tokens of a ViT may be left out.
        start (Start, optional): Decides where nothing is wanted.
        patch_size (int): Pixels, by which tokens are chosen.

    Raises:
        InputError: If there is no such base, or the start is of another.
    """
    folder = base_folder() / 'models'
    known = [
        path.stem.removeprefix('geokr_')
        for path in sorted(folder.glob('geokr_*.py'))
    ]
    name = (wanted or '').lower().replace('vgg16_bn', 'vgg16bn')
    name = name.replace('_', '-')
    if start is not None:
        if name and not start.backbone.startswith(name):
            raise InputError(
                f'--start {start.path}: is a {start.backbone}, not a {name}; '
                'leave --backbone out or give another start'
            )
        name = start.backbone
    elif name.startswith('vit-') and '-p' not in name:
        name += '-p16' if patch_size >= LARGE else '-p8'
    if name not in known:
        raise InputError(
            f'--backbone {name or "(none)"}: choose from {", ".join(known)}; '
            'for any other of mmpretrain change `backbone` in the file that '
            'this command writes'
        )
    return name


def base_folder() -> Path:
    """Folder of the shipped parts of configs."""
    folder = config_folder()
    assert folder is not None
    return folder / '_base_'
