"""Frozen features of a folder of images, one folder a class."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError
from torch import Tensor, nn

from ..errors import InputError
from ..geo.core.progress import Progress
from .protocol import resnet

SUFFIXES = ('.jpg', '.jpeg', '.png', '.tif', '.tiff', '.bmp')
# Channel of an RGB file by the name of the band.
CHANNELS = {'red': 0, 'r': 0, 'green': 1, 'g': 1, 'blue': 2, 'b': 2}
# For a network that has seen no image: mean and standard deviation that
# mmpretrain's configs use, in 0..255, red, green, blue.
MEAN = (123.675, 116.28, 103.53)
STD = (58.395, 57.12, 57.375)
ARCHITECTURE = resnet()


def list_images(
    root: str | Path,
) -> tuple[list[Path], NDArray[np.int64], list[str]]:
    """Images below ``root``, whose sub-folders are the classes.

    Returns:
        tuple: Files, class of each file, names of the classes.

    Raises:
        InputError: If there is no sub-folder with images.
    """
    root = Path(root)
    if not root.is_dir():
        raise InputError(f'{root}: no such folder of images; check the path')
    files: list[Path] = []
    labels: list[int] = []
    classes: list[str] = []
    for folder in sorted(p for p in root.iterdir() if p.is_dir()):
        found = sorted(
            p for p in folder.iterdir() if p.suffix.lower() in SUFFIXES
        )
        if found:
            files += found
            labels += [len(classes)] * len(found)
            classes.append(folder.name)
    if len(classes) < 2:
        raise InputError(
            f'{root}: holds {len(classes)} folders of images; '
            'give a folder with one sub-folder for each class'
        )
    return files, np.array(labels, dtype=np.int64), classes


def channel_order(bands: Sequence[str] | None) -> list[int]:
    """Channels of an RGB file in the order of a network's bands.

    Without names they are red, green and blue.

    Raises:
        InputError: If a band is none of red, green and blue.
    """
    names = list(bands or ('red', 'green', 'blue'))
    absent = [n for n in names if str(n).lower() not in CHANNELS]
    if absent:
        raise InputError(
            f'backbone has bands {", ".join(map(str, names))} '
            f'but images have red, green, blue; there is no '
            f'{", ".join(map(str, absent))}, take a backbone '
            'trained on red, green and blue'
        )
    return [CHANNELS[str(n).lower()] for n in names]


def read_image(path: Path, size: int, order: Sequence[int]) -> Tensor:
    """Read and resize one image, bilinear with anti-aliasing.

    Args:
        size (int): Side of the square in pixels.
        order (Sequence[int]): See :func:`channel_order`.

    Returns:
        Tensor: (len(order), size, size), float, in 0..255.

    Raises:
        InputError: If the file is no image or is cut off.
    """
    try:
        with Image.open(path) as file:
            image = file.convert('RGB').resize(
                (size, size), Image.Resampling.BILINEAR
            )
    except (UnidentifiedImageError, OSError):
        raise InputError(
            f'{path}: is damaged or no image; replace or remove it'
        ) from None
    array = np.asarray(image, dtype=np.float32)[..., list(order)]
    return torch.from_numpy(np.ascontiguousarray(array.transpose(2, 0, 1)))


def build_backbone(
    architecture: dict[str, Any],
    tensors: dict[str, torch.Tensor] | None = None,
    seed: int = 0,
) -> nn.Module:
    """Build a backbone from a card, or initialise one at random.

    Args:
        architecture (dict): ``type`` and ``args`` of the card.
        tensors (dict, optional): Bare state dict; by default the library's
            own initialisation, with the seed.

    Returns:
        nn.Module: In evaluation mode.

    Raises:
        InputError: If the tensors are of another architecture.
    """
    from mmengine.logging import MMLogger
    from mmengine.registry import DefaultScope

    from ..registry import MODELS

    torch.manual_seed(seed)
    settings = dict(architecture['args'], type=architecture['type'])
    if settings['type'].endswith('VisionTransformer'):
        # Maps of the patches, as other backbones give, not the class token.
        settings['out_type'] = 'featmap'
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        backbone = MODELS.build(settings)
    if tensors is None:
        # mmengine would report every tensor.
        logger = MMLogger.get_current_instance()
        level = logger.level
        logger.setLevel('WARNING')
        backbone.init_weights()
        logger.setLevel(level)
    else:
        try:
            backbone.load_state_dict(tensors)
        except RuntimeError as error:
            raise InputError(
                'the tensors of the backbone file do not fit its card '
                f'({architecture}): {str(error).splitlines()[1].strip()}; '
                'export it again'
            ) from None
    # Backbones of mmpretrain return nothing from eval().
    backbone.eval()
    return backbone


def extract(
    backbone: nn.Module,
    files: Sequence[Path],
    size: int,
    mean: Sequence[float],
    std: Sequence[float],
    bands: Sequence[str] | None = None,
    batch: int = 64,
    device: str = 'cpu',
    quiet: bool = False,
) -> NDArray[np.float64]:
    """Global average of the last stage for each image, no augmentation.

    Args:
        backbone (nn.Module): Gives a sequence of maps, the last is used.
        files (Sequence[Path]): N images.
        size (int): Input side in pixels.
        mean, std (Sequence[float]): Of each band, in 0..255.
        bands (Sequence[str], optional): See :func:`channel_order`.
        batch (int): Images at a time.

    Returns:
        ndarray: (N, D).
    """
    order = channel_order(bands)
    shift = torch.tensor(mean, device=device).view(-1, 1, 1)
    scale = torch.tensor(std, device=device).view(-1, 1, 1)
    backbone.to(device)
    backbone.eval()
    features = []
    progress = Progress('features', len(files), quiet)
    with torch.inference_mode():
        for start in range(0, len(files), batch):
            images = torch.stack(
                [
                    read_image(path, size, order)
                    for path in files[start : start + batch]
                ]
            ).to(device)
            maps = backbone((images - shift) / scale)
            features.append(maps[-1].mean(dim=(2, 3)).double().cpu())
            progress.add(len(images))
    return torch.cat(features).numpy()
