"""Mixed precision that also runs on CPUs."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from mmengine.optim import OptimWrapper
from torch import nn

from geokr_mm.registry import OPTIM_WRAPPERS


@OPTIM_WRAPPERS.register_module()
class BFloat16OptimWrapper(OptimWrapper):
    """Convolutions and matrix products in bfloat16, weights in float32.

    mmengine's ``AmpOptimWrapper`` refuses to run without a GPU, since it
    always keeps a loss scaler. bfloat16 has the exponents of float32, so
    nothing has to be scaled, on whatever device the model is. On a CPU it
    pays where the processor multiplies bfloat16 by itself (``avx512_bf16``
    or ``amx_bf16`` in its flags).

    Takes the arguments of :class:`mmengine.optim.OptimWrapper`.
    """

    @contextmanager
    def optim_context(self, model: nn.Module) -> Iterator[None]:
        """Run the forward pass in mixed precision.

        Args:
            model (nn.Module): Its first parameter tells the device.
        """
        device = next(model.parameters()).device.type
        with (
            super().optim_context(model),
            torch.autocast(device, torch.bfloat16),
        ):
            yield
