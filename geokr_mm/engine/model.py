"""What stands behind a runner: its model, its data, its checkpoint."""

from typing import Any

from mmengine.model import is_model_wrapper
from mmengine.runner import BaseLoop, Runner, find_latest_checkpoint


def unwrapped(runner: Runner) -> Any:
    """The runner's model without the wrapper of distributed training.

    Args:
        runner (Runner): A runner whose model is built.

    Returns:
        nn.Module: The model itself; which one, only its config knows.
    """
    model = runner.model
    return model.module if is_model_wrapper(model) else model


def trains(runner: Runner) -> bool:
    """Whether a run trains: only then its training loop has been built.

    Args:
        runner (Runner): While it runs.
    """
    return isinstance(runner._train_loop, BaseLoop)


def training_set(runner: Runner) -> Any:
    """The training dataset below any wrappers.

    Args:
        runner (Runner): A runner that trains.

    Returns:
        Dataset: The innermost one.
    """
    return innermost(runner.train_dataloader.dataset)


def innermost(dataset: Any) -> Any:
    """A dataset without what is wrapped around it.

    Args:
        dataset (Dataset): A wrapper has its inner one as ``dataset``.
    """
    while hasattr(dataset, 'dataset'):
        dataset = dataset.dataset
    return dataset


def loaded_file(runner: Runner) -> str:
    """The checkpoint that a run starts from or goes on from, for messages.

    Args:
        runner (Runner): While it loads.

    Returns:
        str: Path or address.
    """
    path = runner._load_from
    if path is None and runner._resume:
        path = find_latest_checkpoint(runner.work_dir)
    return str(path or 'the checkpoint')
