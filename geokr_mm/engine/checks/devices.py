"""Layers that the devices of a run cannot compute."""

from torch import nn

from geokr_mm.errors import InputError


def check_devices(model: nn.Module) -> None:
    """Refuse batch norm over all processes where these have no GPU.

    Args:
        model (nn.Module): On its device. mmengine has made plain batch norm
            of it where there is one process.

    Raises:
        InputError: Names the layer.
    """
    for name, module in model.named_modules():
        if not isinstance(module, nn.SyncBatchNorm):
            continue
        if any(p.device.type == 'cpu' for p in module.parameters()):
            raise InputError(
                f'model.{name} is SyncBN, which needs GPUs, and the '
                "processes have none; write norm_cfg=dict(type='BN'), and "
                'leave sync_bn out'
            )
