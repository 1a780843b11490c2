"""A start from the images: whitened components in place of random filters."""

from collections.abc import Iterable, Iterator, Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import unfold

# Components with a smaller share of the inputs' power are rounding: bands that
# repeat each other, or images of one colour.
NEGLIGIBLE = 1e-9


def whiten_backbone(
    backbone: nn.Module, batches: Sequence[Tensor], pairs: bool = True
) -> list[nn.Conv2d]:
    """Start a backbone from some images, layer by layer.

    Neighbouring pixels and bands of an image are correlated, so most random
    filters respond to brightness. Here the first convolution, and after it
    the projections of the shortcuts, which bypass the random branches of a
    residual network, each get the whitened components of their inputs, see
    :func:`whiten`. Inputs are those of the layers set before.

    Krähenbühl et al., ICLR 2016, arXiv 1511.06856, start networks from
    components of their data; Shang et al., ICML 2016, arXiv 1603.05201, give
    rectifiers both signs. Batch-norm statistics follow the images.

    Args:
        backbone (nn.Module): Changed in place. Blocks with a shortcut that
            projects have it in ``downsample``, as those of mmpretrain's
            ResNets do; elsewhere the first convolution alone is set.
        batches (Sequence[Tensor]): Images, normalised as in training, each
            (B, C, H, W).
        pairs (bool): See :func:`whiten`.

    Returns:
        list[nn.Conv2d]: The convolutions that were set.

    Raises:
        ValueError: If there is none, or one cannot be whitened.
    """
    layers = path_of(backbone)
    if not layers:
        raise ValueError('the backbone has no convolution to whiten')
    for layer in layers:
        whiten(layer, _inputs_of(layer, backbone, batches), pairs)
    return layers


def path_of(backbone: nn.Module) -> list[nn.Conv2d]:
    """The first convolution and the projections of shortcuts, in order."""
    parts = [backbone]
    for block in backbone.modules():
        shortcut = getattr(block, 'downsample', None)
        if isinstance(shortcut, nn.Module):
            parts.append(shortcut)
    firsts = [
        next((m for m in part.modules() if isinstance(m, nn.Conv2d)), None)
        for part in parts
    ]
    return [layer for layer in firsts if layer is not None]


class _Reached(Exception):  # noqa: N818, no error
    """The inputs of the wanted layer are known."""


@torch.no_grad()
def _inputs_of(
    layer: nn.Module, backbone: nn.Module, batches: Sequence[Tensor]
) -> Iterator[Tensor]:
    """Inputs of a layer, batch by batch, as in training."""
    seen: list[Tensor] = []

    def stop(_: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        seen.append(inputs[0])
        raise _Reached

    mode = backbone.training
    handle = layer.register_forward_pre_hook(stop)
    backbone.train()
    try:
        for batch in batches:
            try:
                backbone(batch)
            except _Reached:
                yield seen.pop()
    finally:
        handle.remove()
        backbone.train(mode)


@torch.no_grad()
def whiten(
    convolution: nn.Conv2d, batches: Iterable[Tensor], pairs: bool = True
) -> None:
    """Set a convolution to the whitened components of its inputs.

    The principal components of its windows, each scaled to a variance of 1,
    come by falling variance, each followed by its negative, which passes
    what a rectifier cuts from the other. Where there are more filters than
    that they begin anew. A bias takes the mean window to zero.

    Args:
        convolution (nn.Conv2d): Changed in place; neither grouped nor
            dilated.
        batches (Iterable[Tensor]): Inputs, each (B, C, H, W) and no smaller
            than the kernel.
        pairs (bool): Whether negatives follow.

    Raises:
        ValueError: If the convolution is of another kind, or the inputs do
            not vary.
    """
    if convolution.groups > 1 or convolution.dilation != (1, 1):
        raise ValueError(
            'only a plain convolution can be whitened, not one that is '
            f'grouped or dilated: {convolution}'
        )
    weight, bias = convolution.weight, convolution.bias
    mean, covariance = window_statistics(batches, weight.shape[2:])
    values, vectors = torch.linalg.eigh(covariance)
    power = covariance.trace() + mean @ mean
    real = values > NEGLIGIBLE * power
    if not real.any():
        raise ValueError('the images do not vary: nothing to whiten')
    # eigh has the smallest first.
    components = (vectors[:, real] / values[real].sqrt()).flip(1).T
    # A component has no sign of its own, and libraries choose differently.
    largest = components.abs().argmax(dim=1, keepdim=True)
    components = components * components.gather(1, largest).sign()
    if pairs:
        both = torch.stack([components, -components], dim=1)
        components = both.flatten(0, 1)
    filters = components[torch.arange(len(weight)) % len(components)]
    weight.copy_(filters.reshape(weight.shape))
    if bias is not None:
        bias.copy_(-filters @ mean)


def window_statistics(
    batches: Iterable[Tensor], kernel: Sequence[int]
) -> tuple[Tensor, Tensor]:
    """Mean and covariance of the windows of some images.

    Args:
        batches (Iterable[Tensor]): Images of shape (B, C, H, W).
        kernel (Sequence[int]): Height h and width w of a window. Windows lie
            half of that apart, since nearer ones nearly repeat each other.

    Returns:
        tuple[Tensor, Tensor]: In double precision, of shapes (C h w, ) and
        (C h w, C h w), windows unrolled as the weights of a convolution.
    """
    size = tuple(kernel)
    stride = tuple(max(1, side // 2) for side in kernel)
    total, square, seen = torch.tensor(0.0), torch.tensor(0.0), 0
    # Image by image, since windows take several times an image's memory.
    for image in (image for batch in batches for image in batch):
        windows = unfold(image[None].double().cpu(), size, stride=stride)[0]
        total = total + windows.sum(dim=1)
        square = square + windows @ windows.T
        seen += windows.shape[1]
    mean = total / seen
    return mean, square / seen - torch.outer(mean, mean)
