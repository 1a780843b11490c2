"""The model behind a runner."""

from mmengine.model import is_model_wrapper
from mmengine.runner import Runner
from torch import nn


def unwrapped(runner: Runner) -> nn.Module:
    """The runner's model without the wrapper of distributed training.

    Args:
        runner (Runner): A runner whose model is built.

    Returns:
        nn.Module: The model itself.
    """
    model = runner.model
    return model.module if is_model_wrapper(model) else model
