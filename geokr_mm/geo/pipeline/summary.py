"""Figures of a build: counted while rows come, printed at the end."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..index.writer import Extent
from .patch_rows import JobRows


@dataclass(frozen=True)
class Summary:
    """What a build made.

    Attributes:
        path (str): The index.
        patches, kept (int): Rows, and rows that no filter rejects.
        rejected (dict[str, int]): Rows per filter.
        left_out (dict[str, int]): Scenes and patches that could not be
            read, per reason.
        classes (dict[str, float]): Mean fractions of the kept rows.
    """

    path: str
    patches: int
    kept: int
    rejected: dict[str, int]
    left_out: dict[str, int]
    classes: dict[str, float]

    def __str__(self) -> str:
        lines = [f'{self.path}: {self.patches} patches, {self.kept} kept']
        lines += [f'  rejected by {k}: {v}' for k, v in self.rejected.items()]
        lines += [f'  left out, {k}: {v}' for k, v in self.left_out.items()]
        lines.append('  mean class fractions of the kept patches:')
        lines += [f'    {k:<30} {v:.4f}' for k, v in self.classes.items()]
        return '\n'.join(lines)


class Tally:
    """Counts rows, filters and band sums of jobs as they come.

    Args:
        classes (sequence of str): Names of the classes.
        bands (int): Number of bands.
    """

    def __init__(self, classes: Sequence[str], bands: int) -> None:
        self.classes = tuple(classes)
        self.extent = Extent()
        self.patches = self.kept = 0
        self._sums = np.zeros((3, bands))
        self._rejected: Counter[str] = Counter()
        self._shares = np.zeros(len(self.classes))

    def add(self, rows: JobRows) -> None:
        """Count the next rows; their order decides the last digits."""
        self._sums += rows.sums
        self.extent.add(rows.table)
        keep = rows.table['keep'].to_numpy()
        self.patches += len(keep)
        self.kept += int(keep.sum())
        for names in rows.table['verdicts'].to_pylist():
            self._rejected.update(names)
        values = rows.table['fractions'].combine_chunks().flatten()
        table = np.asarray(values).reshape(len(keep), len(self.classes))
        self._shares += table[keep].sum(axis=0, dtype=np.float64)

    def statistics(self) -> dict[str, list[float]]:
        """Mean and deviation per band over the kept patches, 0..255."""
        count, total, square = self._sums
        if not count.all():
            # No patch was kept: neutral values that divide safely.
            return {'mean': [0.0] * len(count), 'std': [1.0] * len(count)}
        mean = total / count
        spread = np.sqrt(np.maximum(square / count - mean**2, 1e-12))
        return {'mean': mean.tolist(), 'std': spread.tolist()}

    def summary(self, path: str, bad: Sequence[dict[str, str]]) -> Summary:
        """The figures for the user.

        Args:
            path (str): The index.
            bad (sequence of dict): What was left out.
        """
        means = self._shares / max(self.kept, 1)
        return Summary(
            path=path,
            patches=self.patches,
            kept=self.kept,
            rejected=dict(sorted(self._rejected.items())),
            left_out=dict(sorted(Counter(e['reason'] for e in bad).items())),
            classes=dict(zip(self.classes, means.tolist(), strict=True)),
        )
