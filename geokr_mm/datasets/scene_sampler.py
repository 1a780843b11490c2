"""Sampling that reads each file in runs."""

from collections.abc import Iterator

import numpy as np
from mmengine.dist import get_dist_info, sync_random_seed
from numpy.typing import NDArray
from torch.utils.data import Sampler

from geokr_mm.geo.scenes.windowed_read import OPEN_FILES
from geokr_mm.registry import DATA_SAMPLERS

from .geokr_dataset import GeoKRDataset

# Patches are put in order by squares of this side, the usual one of a file's
# blocks, so that a run decodes few of them.
BLOCK = 256


@DATA_SAMPLERS.register_module()
class SceneSampler(Sampler[int]):
    """Random order in which neighbours of one scene come close together.

    Opening a file takes as long as reading several patches of it. So patches
    of a scene are cut into runs of neighbours, elsewhere in each epoch; the
    runs of all scenes are put in random order, and patches are shuffled
    within ``pool`` runs at a time. The order follows from seed and epoch
    alone. Processes get different patches; the last one repeats some where
    numbers do not divide.

    Args:
        dataset (GeoKRDataset): Of all patches.
        run (int): Patches of a run.
        pool (int, optional): Runs that are mixed. Defaults to None, half of
            what the files kept open allow.
        batch_size (int), workers (int): Those of the loader. Each worker
            then has runs of its own. Another number of workers keeps the
            order and opens more files.
        shuffle (bool): Whether patches are shuffled at all.
        seed (int, optional): Defaults to None, one that processes agree on.

    Attributes:
        start (int): Patches of this process to leave out at the beginning of
            the epoch, to go on after a stop.
    """

    def __init__(
        self,
        dataset: GeoKRDataset,
        run: int = 32,
        pool: int | None = None,
        batch_size: int = 1,
        workers: int = 1,
        shuffle: bool = True,
        seed: int | None = None,
    ) -> None:
        for name, value in (
            ('run', run), ('pool', pool or 1), ('batch_size', batch_size),
            ('workers', workers),
        ):  # fmt: skip
            if value < 1:
                raise ValueError(f'{name} must be 1 or more, got {value}')
        self.rank, self.processes = get_dist_info()
        self.seed = sync_random_seed() if seed is None else seed
        self.epoch = self.start = 0
        self.run, self.batch_size, self.shuffle = run, batch_size, shuffle
        self.workers = workers
        index = dataset.knowledge_index.take(dataset.rows_in_use())
        self.pool = pool or max(1, OPEN_FILES // 2 // index.most_files())
        scene = index.codes('scene')
        row, col = (index.column(f'{axis}_off') for axis in ('row', 'col'))
        self._order = np.lexsort((col, row, col // BLOCK, row // BLOCK, scene))
        self._scene = scene[self._order]

    def __iter__(self) -> Iterator[int]:
        start, self.start = self.start, 0
        return iter(self.order()[start:].tolist())

    def __len__(self) -> int:
        return -(-len(self._order) // self.processes)

    def set_epoch(self, epoch: int) -> None:
        """Choose the order of an epoch."""
        self.epoch = epoch

    def order(self) -> NDArray[np.int64]:
        """Patches of this process in this epoch, (n, )."""
        if not self.shuffle:
            every = np.sort(self._order)
        else:
            every = self._order[np.argsort(self._run_places(), kind='stable')]
        count = len(self)
        mine = np.resize(every, count * self.processes)
        mine = mine[self.rank * count : (self.rank + 1) * count]
        if not self.shuffle:
            return mine
        chance = np.random.default_rng((self.seed, self.epoch, self.rank))
        lanes = []
        for lane in np.array_split(mine, self.workers):
            mixed = np.arange(len(lane)) // (self.pool * self.run)
            lanes.append(lane[np.lexsort((chance.random(len(lane)), mixed))])
        # Loaders give batches to workers in turn.
        full = len(lanes[-1]) // self.batch_size * self.batch_size
        shape = (-1, self.batch_size)
        turns = [lane[:full].reshape(shape) for lane in lanes]
        rest = [lane[full:] for lane in lanes]
        return np.concatenate([np.stack(turns, 1).ravel(), *rest])

    def _run_places(self) -> NDArray[np.int64]:
        """Place of each patch's run among all, patches in file order."""
        chance = np.random.default_rng((self.seed, self.epoch))
        first = np.searchsorted(self._scene, np.arange(self._scene[-1] + 2))
        shift = chance.integers(0, self.run, len(first) - 1)
        within = np.arange(len(self._scene)) - first[self._scene]
        number = (within + shift[self._scene]) // self.run
        new = np.diff(number, prepend=-1) != 0
        new |= np.diff(self._scene, prepend=-1) != 0
        runs = np.cumsum(new) - 1
        return np.asarray(chance.permutation(runs[-1] + 1)[runs])
