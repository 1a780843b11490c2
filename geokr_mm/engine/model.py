"""Model, data and checkpoint of a runner."""

from typing import Any

from mmengine.model import is_model_wrapper
from mmengine.runner import BaseLoop, Runner, find_latest_checkpoint


def unwrapped(runner: Runner) -> Any:
    """The runner's model without the wrapper of distributed training."""
    model = runner.model
    return model.module if is_model_wrapper(model) else model


def trains(runner: Runner) -> bool:
    """Whether a run trains: only then its training loop has been built."""
    return isinstance(runner._train_loop, BaseLoop)


def training_set(runner: Runner) -> Any:
    """The training dataset below any wrappers."""
    return innermost(runner.train_dataloader.dataset)


def innermost(dataset: Any) -> Any:
    """A dataset without its wrappers, which hold it as ``dataset``."""
    while hasattr(dataset, 'dataset'):
        dataset = dataset.dataset
    return dataset


def loaded_file(runner: Runner) -> str:
    """Path of the checkpoint that a run loads or resumes, for messages."""
    path = runner._load_from
    if path is None and runner._resume:
        path = find_latest_checkpoint(runner.work_dir)
    return str(path or 'the checkpoint')


def accumulation(runner: Runner) -> int:
    """Iterations in a step of the optimiser."""
    return getattr(runner.optim_wrapper, '_accumulative_counts', 1)


def left_out(runner: Runner) -> bool:
    """Whether the optimiser's last step was, see :class:`.FiniteSteps`."""
    return getattr(runner.optim_wrapper, 'left_out', False)
