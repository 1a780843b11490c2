"""Class fractions that a network reads in held-out places, and the map's."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..export.predict import fractions_of, load_run, trained_on
from ..files import written_whole

BINS = 10
HEADER = 'class,from,to,patches,network,map\n'


@dataclass(frozen=True)
class Calibration:
    """Fractions of N patches of held-out places.

    Attributes:
        classes (tuple[str, ...]): Names of K classes.
        network, map (float32 array (N, K)): Class fractions.
    """

    classes: tuple[str, ...]
    network: NDArray[np.float32]
    map: NDArray[np.float32]

    def curve(self, k: int) -> list[tuple[float, float, int, float, float]]:
        """How a class lies on the map where the network reads so much of it.

        Returns:
            list: Of each tenth that is read anywhere: its ends, how many
            patches, and mean fractions of network and map.
        """
        read, on_map = self.network[:, k], self.map[:, k]
        place = np.clip((read * BINS).astype(int), 0, BINS - 1)
        return [
            (
                n / BINS,
                (n + 1) / BINS,
                int(np.count_nonzero(place == n)),
                float(read[place == n].mean()),
                float(on_map[place == n].mean()),
            )
            for n in np.unique(place).tolist()
        ]

    def error(self, k: int) -> float:
        """Mean distance of a class's curve from the diagonal, by patches."""
        rows = self.curve(k)
        gaps = sum(n * abs(read - on_map) for _, _, n, read, on_map in rows)
        return gaps / len(self.network)

    def r2(self, k: int) -> float:
        """Explained share of a class's variance; NaN where it has none."""
        on_map = self.map[:, k].astype(np.float64)
        total = ((on_map - on_map.mean()) ** 2).sum()
        left = ((on_map - self.network[:, k]) ** 2).sum()
        return float(1 - left / total) if total > 0 else np.nan

    def write(self, path: Path) -> None:
        """Write all curves as a CSV."""
        lines = [
            f'{name},{low:g},{high:g},{count},{read:.4f},{on_map:.4f}\n'
            for k, name in enumerate(self.classes)
            for low, high, count, read, on_map in self.curve(k)
        ]
        with written_whole(path) as draft:
            draft.write_text(HEADER + ''.join(lines))


def calibrate(checkpoint: str | Path, index: str | Path) -> Calibration:
    """Read the patches that a run held out.

    Raises:
        InputError: The run held none out, or the index is another one.
    """
    from ..datasets import GeoKRDataset

    model, config, card = load_run(checkpoint)
    about = trained_on(config)
    if about.get('places') != 'train':
        raise InputError(
            f'{checkpoint}: the run held no places out; leave out --held-out, '
            "or train with places='train'"
        )
    dataset = GeoKRDataset(
        index=str(index),
        places='val',
        pipeline=[
            dict(type='geokr_mm.LoadPatch', cache_mb=0),
            dict(type='geokr_mm.PackKnowledgeInputs'),
        ],
        **{
            key: about[key]
            for key in (
                'bands', 'classes', 'values', 'val_share', 'place_degrees'
            )
            if key in about
        },
    )  # fmt: skip
    if dataset.card['index_hash'] != card.get('index_hash'):
        raise InputError(
            f'{index}: is not the index that {checkpoint} was trained on, so '
            'held-out places may have been trained on; give that one'
        )
    read = fractions_of(model, dataset)
    found = read.get('teacher', read['student'])
    labels = [
        dataset.get_data_info(n)['class_fractions']
        for n in range(len(dataset))
    ]
    return Calibration(tuple(card['legend']), found, np.stack(labels))
