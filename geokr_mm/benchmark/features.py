"""Frozen features of images."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ..errors import InputError
from ..processor import multiplies_bfloat16

# Channel of an RGB file by the name of the band.
CHANNELS = {'red': 0, 'r': 0, 'green': 1, 'g': 1, 'blue': 2, 'b': 2}
# For a network that has seen no image: mean and standard deviation that
# mmpretrain's configs use, in 0..255, red, green, blue.
MEAN = (123.675, 116.28, 103.53)
STD = (58.395, 57.12, 57.375)
# As all configs start it.
ARCHITECTURE = dict(
    type='mmpretrain.ResNet', args=dict(depth=18, zero_init_residual=False)
)


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


def batches(
    pixels: NDArray[np.uint8],
    mean: Sequence[float] = MEAN,
    std: Sequence[float] = STD,
    bands: Sequence[str] | None = None,
    batch: int = 64,
) -> Iterator[Tensor]:
    """Images as a network takes them, (B, C, S, S) float32 each.

    Args:
        pixels (uint8 array (N, 3, S, S)): Red, green and blue.
        mean, std (Sequence[float]): Of each band, in 0..255.
        bands (Sequence[str], optional): See :func:`channel_order`.
        batch (int): Images at a time.
    """
    order = channel_order(bands)
    shift = torch.tensor(mean).view(-1, 1, 1)
    scale = torch.tensor(std).view(-1, 1, 1)
    for start in range(0, len(pixels), batch):
        images = torch.from_numpy(pixels[start : start + batch, order])
        yield (images.float() - shift) / scale


def extract(
    backbone: nn.Module,
    pixels: NDArray[np.uint8],
    card: Mapping[str, Any] | None = None,
    device: str = 'cpu',
) -> NDArray[np.float64]:
    """Global average of the last stage for each image, no augmentation.

    In bfloat16 where the processor multiplies it, as networks are trained.

    Args:
        backbone (nn.Module): Gives a sequence of maps, the last is used.
        pixels (uint8 array (N, 3, S, S)): Red, green and blue.
        card (mapping, optional): With the network's ``mean``, ``std`` and
            ``bands``.

    Returns:
        ndarray: (N, D).
    """
    backbone.to(device)
    backbone.eval()
    about = card or {}
    features = []
    fast = torch.autocast(
        torch.device(device).type, torch.bfloat16, multiplies_bfloat16()
    )
    with torch.inference_mode(), fast:
        for images in batches(
            pixels,
            about.get('mean') or MEAN,
            about.get('std') or STD,
            about.get('bands'),
        ):
            maps = backbone(images.to(device))
            features.append(maps[-1].double().mean(dim=(2, 3)).cpu())
    return torch.cat(features).numpy()
