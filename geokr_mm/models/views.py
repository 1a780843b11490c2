"""Views of whole batches, by the numbers that data loading drew."""

import torch
from torch import Tensor
from torch.nn import functional as F


def make_views(images: Tensor, plans: Tensor) -> list[Tensor]:
    """Views of a batch, see :class:`geokr_mm.DrawnViews`.

    Pixels are interpolated linearly. Bytes stay within 0 to 255, as floats.

    Args:
        images (Tensor): (B, C, H, W), bytes or physical values.
        plans (Tensor): On the CPU, (B, V, 6 + C C + 2): matrix of places,
            matrix of bands, factor of the contrast, side of the views.

    Returns:
        list[Tensor]: V views, float32 of shape (B, C, side, side).
    """
    side, bands = int(plans[0, 0, -1]), images.shape[1]
    physical = images.is_floating_point()
    plans = plans.to(images.device, non_blocking=True)
    images = images.float()
    views = []
    # Autocast would round pixels to half precision.
    with torch.autocast(images.device.type, enabled=False):
        for plan in plans.unbind(dim=1):
            places, colours, contrast, _ = plan.split(
                [6, bands * bands, 1, 1], dim=1
            )
            grid = F.affine_grid(
                places.unflatten(1, (2, 3)),
                [len(images), bands, side, side],
                align_corners=False,
            )
            view = F.grid_sample(
                images, grid, padding_mode='border', align_corners=False
            ).flatten(2)
            # Contrast times colours, and the mean that contrast leaves.
            matrix = colours.unflatten(1, (bands, bands))
            mean = matrix @ view.mean(dim=2, keepdim=True)
            if not physical:
                mean = mean.mean(dim=1, keepdim=True).expand_as(mean)
            factor = contrast[..., None]
            view = torch.baddbmm(mean * (1 - factor), matrix * factor, view)
            view = view if physical else view.clamp_(0, 255)
            views.append(view.unflatten(2, (side, side)))
    return views
