"""Indices of several sensors as one training set."""

from collections.abc import Iterator
from typing import Any

import torch
from mmengine.dataset import ConcatDataset
from mmengine.dist import get_dist_info, sync_random_seed
from torch.utils.data import Sampler

from geokr_mm.errors import InputError
from geokr_mm.registry import DATA_SAMPLERS, DATASETS


@DATASETS.register_module()
class SensorDataset(ConcatDataset):
    """Patches of several sensors, each with an index of its own.

    Each data sample states its ``sensor``.

    Args:
        sensors (dict[str, dict]): By sensor, a :class:`GeoKRDataset`.

    Raises:
        InputError: If legends differ, for there is one head.
    """

    def __init__(self, sensors: dict[str, dict[str, Any]]) -> None:
        self.sensors = tuple(sensors)
        sets = [DATASETS.build(cfg) for cfg in sensors.values()]
        legends = [list(one.metainfo['classes']) for one in sets]
        for one, legend in zip(sets, legends, strict=True):
            if legend != legends[0]:
                raise InputError(
                    f'{one.ann_file}: its classes are {", ".join(legend)}, '
                    f'those of {sets[0].ann_file} are '
                    f'{", ".join(legends[0])}; build both with one --legend '
                    'or set `classes` of both datasets'
                )
        super().__init__(sets)
        self.card = dict(
            legend=legends[0],
            sensors={
                name: one.card
                for name, one in zip(self.sensors, sets, strict=True)
            },
        )

    def __getitem__(self, idx: int) -> Any:
        sample = super().__getitem__(idx)
        place, _ = self._get_ori_dataset_idx(idx)
        sample['data_samples'].set_metainfo(dict(sensor=self.sensors[place]))
        return sample


@DATA_SAMPLERS.register_module()
class SensorSampler(Sampler[int]):
    """Orders patches so that each batch is of one sensor.

    All processes have the same sensor at each step. What is left of a sensor
    after its last full batch of all processes waits for another epoch.

    Args:
        dataset (SensorDataset): Of all patches.
        batch_size (int): That of the loader.
        shuffle (bool): Whether patches and batches are in random order, a
            new one for each epoch.
        seed (int, optional): Defaults to None, one that processes agree on.

    Raises:
        InputError: If a sensor has too few patches for one batch.
    """

    def __init__(
        self,
        dataset: SensorDataset,
        batch_size: int,
        shuffle: bool = True,
        seed: int | None = None,
    ) -> None:
        self.rank, self.processes = get_dist_info()
        self.batch_size, self.shuffle = batch_size, shuffle
        self.seed = sync_random_seed() if seed is None else seed
        self.epoch = 0
        ends = dataset.cumulative_sizes
        self.ranges = list(zip([0, *ends[:-1]], ends, strict=True))
        step = batch_size * self.processes
        for name, (start, stop) in zip(
            dataset.sensors, self.ranges, strict=True
        ):
            if stop - start < step:
                raise InputError(
                    f'sensor {name} has {stop - start} patches, fewer than '
                    f'one batch of {batch_size} for each of '
                    f'{self.processes} processes; set a smaller batch_size '
                    'of loader and sampler'
                )

    def __iter__(self) -> Iterator[int]:
        chance = torch.Generator().manual_seed(self.seed + self.epoch)

        def order(count: int) -> torch.Tensor:
            if self.shuffle:
                return torch.randperm(count, generator=chance)
            return torch.arange(count)

        shape = (-1, self.processes, self.batch_size)
        batches = torch.cat(
            [
                (start + order(stop - start))[: self._used(start, stop)].view(
                    shape
                )
                for start, stop in self.ranges
            ]
        )
        mine = batches[order(len(batches)), self.rank]
        return iter(mine.flatten().tolist())

    def __len__(self) -> int:
        used = sum(self._used(*ends) for ends in self.ranges)
        return used // self.processes

    def _used(self, start: int, stop: int) -> int:
        """Patches of a sensor in an epoch, of all processes."""
        step = self.batch_size * self.processes
        return (stop - start) // step * step

    def set_epoch(self, epoch: int) -> None:
        """Choose the order of an epoch."""
        self.epoch = epoch
