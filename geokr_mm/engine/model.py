"""The model behind a runner."""

from typing import Any

from mmengine.model import is_model_wrapper
from mmengine.runner import Runner


def unwrapped(runner: Runner) -> Any:
    """The runner's model without the wrapper of distributed training.

    Args:
        runner (Runner): A runner whose model is built.

    Returns:
        nn.Module: The model itself; which one, only its config knows.
    """
    model = runner.model
    return model.module if is_model_wrapper(model) else model
