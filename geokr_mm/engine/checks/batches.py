"""Batches that a loader makes of its dataset."""

from typing import Any

from mmengine.dataset import DefaultSampler
from mmengine.dist import get_world_size
from torch.utils.data import (
    DistributedSampler,
    RandomSampler,
    SequentialSampler,
)

from geokr_mm.datasets.scene_sampler import SceneSampler
from geokr_mm.engine.model import innermost
from geokr_mm.errors import InputError

# Others never end, or draw by rules of their own.
ONE_PASS = (
    DefaultSampler,
    DistributedSampler,
    RandomSampler,
    SceneSampler,
    SequentialSampler,
)


def check_batches(loader: Any) -> None:
    """Refuse an empty dataset, or one of which ``drop_last`` leaves nothing.

    mmengine would count epochs without a step and save the start.

    Raises:
        InputError: Names the dataset and the setting.
    """
    if not len(loader.dataset):
        kind = type(innermost(loader.dataset)).__name__
        raise InputError(
            f'{kind}: the dataset is empty; correct its paths, its list of '
            'files or its filter in the config'
        )
    batches = loader.batch_sampler
    if not _countable(batches) or not isinstance(batches.sampler, ONE_PASS):
        return
    count, size = len(batches.sampler), batches.batch_size
    if batches.drop_last and count < size:
        raise InputError(
            f'train_dataloader: {patches(loader)} make no batch of {size} '
            'and drop_last=True leaves them out; set '
            f'train_dataloader.batch_size={max(1, count)} or below, or '
            'train_dataloader.drop_last=False'
        )


def batch_sizes(loader: Any, iterations: int) -> tuple[int, int] | None:
    """Patches in the first batch of a run and in its smallest.

    Args:
        loader (DataLoader): Of the training set.
        iterations (int): Length of the run.

    Returns:
        tuple[int, int], optional: Both for one process. None where the
        loader has rules of its own.
    """
    batches = loader.batch_sampler
    if not _countable(batches):
        return None
    size = batches.batch_size
    if not isinstance(batches.sampler, ONE_PASS):
        return size, size
    count = len(batches.sampler)
    first = min(size, count)
    # The odd batch is the last of a pass, which a short run may not reach.
    if batches.drop_last or iterations < len(loader):
        return first, first
    return first, count % size or first


def patches(loader: Any) -> str:
    """Number of patches, in words."""
    count, processes = len(loader.dataset), get_world_size()
    if processes == 1:
        return f'{count} patches'
    each = len(loader.batch_sampler.sampler)
    return f'{count} patches, {each} for each of {processes} processes,'


def _countable(batches: Any) -> bool:
    return all(
        hasattr(batches, key) for key in ('sampler', 'batch_size', 'drop_last')
    )
