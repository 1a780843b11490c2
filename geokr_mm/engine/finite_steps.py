"""Steps of an optimiser that are left out where a number is none."""

from typing import Any

import torch
from mmengine.optim import OptimWrapper
from torch import Tensor, distributed, nn


class FiniteSteps:
    """Leaves out a step whose loss or gradient is NaN or infinite.

    The weights and the state of the optimiser then stay as they are, and all
    buffers, such as batch-norm statistics and queues, become what they were
    before the step.

    A fused optimiser on a GPU leaves the step out by itself, so that the host
    need not wait for it. The host then knows one step later, takes the
    buffers back by two steps, and counts the step in between too if it was
    spoiled.

    Args:
        model (nn.Module): Without the wrapper of distributed training.
        wrapper (OptimWrapper): Its ``update_params`` and ``step`` are
            replaced by those here. Gets ``left_out``, whether its last step
            was left out, where the host waits.

    Attributes:
        left_out (bool): Whether the last step that is known was left out.
        waits (bool): Whether the host waits for the device at each step.
    """

    def __init__(self, model: nn.Module, wrapper: OptimWrapper) -> None:
        self._buffers = list(model.buffers())
        self._saved = [[torch.empty_like(b) for b in self._buffers]]
        # The wrapper of float16 looks at the gradients by itself.
        self._scales = hasattr(wrapper, 'loss_scaler')
        device = next(model.parameters()).device
        self.waits = (
            device.type != 'cuda'
            or self._scales
            or not getattr(
                wrapper.optimizer, '_step_supports_amp_scaling', False
            )
        )
        if not self.waits:
            self._saved.append([torch.empty_like(b) for b in self._buffers])
            self._seen = torch.zeros((), pin_memory=True)
            self._event: Any = torch.cuda.Event()
            self._is_pending = False
        self.left_out = False
        self._loss: Tensor | None = None
        self._wrapper: Any = wrapper
        self._update, self._step = wrapper.update_params, wrapper.step
        wrapper.update_params = self.update_params
        wrapper.step = self.step

    def begin(self) -> None:
        """Keep the buffers, before the first forward pass of a step."""
        self._wrapper.left_out = False
        self._saved.reverse()
        if self._buffers:
            torch._foreach_copy_(self._saved[0], self._buffers)

    def update_params(self, loss: Tensor, *args: Any, **kwargs: Any) -> None:
        """Look at the loss, then do as the wrapper does."""
        seen = loss.detach()
        # Of several batches in a step, one that is no number spoils the sum.
        self._loss = seen if self._loss is None else self._loss + seen
        self._update(loss, *args, **kwargs)

    def step(self, **kwargs: Any) -> None:
        """Take the optimiser's step, or leave it out."""
        # Some models step without showing their loss.
        total = torch.tensor(0.0) if self._loss is None else self._loss
        self._loss = None
        if not self._scales:
            grads = [
                p.grad
                for group in self._wrapper.optimizer.param_groups
                for p in group['params']
                if p.grad is not None
            ]
            norms = torch.stack(torch._foreach_norm(grads))
            total = total + torch.linalg.vector_norm(norms)
        bad = total.isfinite().logical_not().float()
        if distributed.is_available() and distributed.is_initialized():
            distributed.all_reduce(bad, distributed.ReduceOp.MAX)
        if self.waits:
            self.left_out = self._wrapper.left_out = bool(bad)
            if self.left_out:
                self._restore(0)
            if not self.left_out or self._scales:
                self._step(**kwargs)
            return
        # Done by now: the device is not far behind.
        self._learn(1)
        optimizer: Any = self._wrapper.optimizer
        optimizer.grad_scale, optimizer.found_inf = None, bad
        self._step(**kwargs)
        del optimizer.grad_scale, optimizer.found_inf
        self._seen.copy_(bad, non_blocking=True)
        self._event.record()
        self._is_pending = True

    def settle(self) -> None:
        """Wait for the device, and take back what a spoiled step left."""
        if not self.waits:
            self._learn(0)

    def _learn(self, number: int) -> None:
        """Learn of the last step, which began with these kept buffers."""
        if self._is_pending:
            self._event.synchronize()
            self.left_out = bool(self._seen)
            if self.left_out:
                self._restore(number)

    def _restore(self, number: int) -> None:
        if self._buffers:
            torch._foreach_copy_(self._buffers, self._saved[number])
