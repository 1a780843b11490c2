"""Inputs and devices of the layers of a model."""

from typing import Any

from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from geokr_mm.errors import InputError

# Attribute with the channels of plain layers, their axis, and the numbers of
# dimensions. Layers of other libraries may treat their input differently.
CHANNELS = {
    nn.Linear: ('in_features', -1, (2, 3, 4)),
    nn.Conv2d: ('in_channels', 1, (4,)),
    nn.BatchNorm1d: ('num_features', 1, (2, 3)),
    nn.BatchNorm2d: ('num_features', 1, (4,)),
}


class LayerInputs:
    """Watches a forward pass and stops it at the first layer that must fail.

    Batch norm in training needs more than one value of each channel; torch
    raises otherwise, perhaps in the last batch of an epoch. A layer that has
    one value from each patch has one in all in a batch of one.

    Args:
        model (nn.Module): Watched until :meth:`close`.
        size (int): Patches in the batch at hand.
        smallest (int): Patches in the smallest batch of the run.
        patches (str): Number of patches, in words.
    """

    def __init__(
        self, model: nn.Module, size: int, smallest: int, patches: str
    ) -> None:
        self.size, self.smallest, self.patches = size, smallest, patches
        self._handles = [
            module.register_forward_pre_hook(self._watch(name))
            for name, module in model.named_modules()
            if isinstance(module, (nn.Linear, nn.Conv2d, _BatchNorm))
        ]

    def close(self) -> None:
        """Stop watching."""
        for handle in self._handles:
            handle.remove()
        self._handles = []

    def _watch(self, name: str) -> Any:
        def look(module: Any, inputs: tuple[Any, ...]) -> None:
            if not inputs or not isinstance(inputs[0], Tensor):
                return
            self._check_channels(name, module, inputs[0])
            if isinstance(module, _BatchNorm):
                self._check_values(name, module, inputs[0])

        return look

    def _check_channels(self, name: str, module: Any, inputs: Tensor) -> None:
        if type(module) not in CHANNELS:
            return
        key, axis, dims = CHANNELS[type(module)]
        wanted, given = getattr(module, key), inputs.shape[axis]
        if inputs.dim() in dims and wanted != given:
            raise InputError(
                f'model.{name} takes {wanted} channels and is given {given}; '
                f'set in_channels of model.{name.split(".")[0]} to what the '
                'part before it gives'
            )

    def _check_values(self, name: str, module: Any, inputs: Tensor) -> None:
        # Of all processes together.
        if isinstance(module, nn.SyncBatchNorm):
            return
        if not module.training and module.running_mean is not None:
            return
        values = inputs.numel() // inputs.shape[1]
        if values != 1 and (values != self.size or self.smallest != 1):
            return
        what = f'{self.patches} in batches of {self.size}'
        cure = 'train_dataloader.batch_size=2 or more, of as many patches'
        if self.smallest < self.size:
            what += f' leave a last batch of {self.smallest}'
            cure = 'train_dataloader.drop_last=True or another batch_size'
        raise InputError(
            f'train_dataloader: {what}, where batch norm of model.{name} has '
            f'one value for each channel and no mean to take; set {cure}'
        )


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
                'leave sync_bn out (--cfg-options sync_bn=None)'
            )
