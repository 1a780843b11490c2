"""Mixed precision that also runs on CPUs."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from mmengine.logging import print_log
from mmengine.optim import OptimWrapper
from torch import nn

from geokr_mm.processor import multiplies_bfloat16
from geokr_mm.registry import OPTIM_WRAPPERS


@OPTIM_WRAPPERS.register_module()
class BFloat16OptimWrapper(OptimWrapper):
    """Convolutions and matrix products in bfloat16, weights in float32.

    mmengine's ``AmpOptimWrapper`` refuses to run without a GPU, since it
    always keeps a loss scaler. bfloat16 has the exponents of float32, so
    nothing has to be scaled, on whatever device the model is.

    A processor that does not multiply bfloat16 by itself emulates it, many
    times slower than float32: a CPU with neither ``avx512_bf16`` nor
    ``amx_bf16`` in its flags, an Nvidia GPU older than Ampere. There the run
    stays in float32, and the log has a note.

    Args:
        emulate (bool): Stay in bfloat16 on such a processor too.
        **kwargs: Of :class:`mmengine.optim.OptimWrapper`.
    """

    def __init__(self, emulate: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._emulate = emulate
        self._able: bool | None = None

    @contextmanager
    def optim_context(self, model: nn.Module) -> Iterator[None]:
        """Run the forward pass in mixed precision.

        Args:
            model (nn.Module): Its first parameter is on the device.
        """
        device = next(model.parameters()).device.type
        if self._able is None:
            self._able = self._emulate or multiplies_bfloat16(device)
            if not self._able:
                print_log(
                    'This processor would emulate bfloat16, which is slow: '
                    'trains in float32. optim_wrapper.emulate=True insists.',
                    logger='current',
                )
        with (
            super().optim_context(model),
            torch.autocast(device, torch.bfloat16, enabled=self._able),
        ):
            yield
