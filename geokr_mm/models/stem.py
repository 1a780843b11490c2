"""First filters from the images: their principal components, whitened."""

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import unfold

# Components with a smaller share of the images' power are rounding: bands that
# repeat each other, or images of one colour.
NEGLIGIBLE = 1e-9


@torch.no_grad()
def whiten_stem(
    convolution: nn.Conv2d, batches: Iterable[Tensor], pairs: bool = True
) -> None:
    """Set a first convolution to the whitened components of its images.

    Neighbouring pixels and bands of an image mostly tell the same, so random
    filters nearly all answer to brightness. The principal components of the
    windows that the convolution sees, each scaled to a variance of 1, answer
    to different things and equally strongly, coarse colour and fine texture
    alike. Krähenbühl et al., "Data-dependent Initializations of Convolutional
    Neural Networks", ICLR 2016, arXiv 1511.06856, start networks from
    components; Coates and Ng, "Learning Feature Representations with
    K-means", 2012, show what whitening is worth to filters.

    Components come by falling variance, each followed by its negative: what
    a rectifier cuts from the one passes the other. Where there are more
    filters than that they begin anew. A bias takes the mean window to zero.

    Args:
        convolution (nn.Conv2d): Changed in place; neither grouped nor
            dilated.
        batches (Iterable[Tensor]): Images, normalised as in training, each
            (B, C, H, W) and no smaller than the kernel.
        pairs (bool): Whether negatives follow; without them twice as many
            components fit, for networks that do not rectify what the first
            layer says. Defaults to True.

    Raises:
        ValueError: If the convolution is of another kind, or the images do
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
