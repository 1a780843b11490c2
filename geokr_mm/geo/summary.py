"""What a build made, in a few lines for the user."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .landcover import LandCover
from .table import Rows


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


def summarise(
    path: str,
    parts: Sequence[Rows],
    bad: Sequence[dict[str, str]],
    cover: LandCover,
) -> Summary:
    """Count rows, verdicts and reasons.

    Args:
        path (str): The index.
        parts (sequence of Rows): What it holds.
        bad (sequence of dict): What was left out.
        cover (LandCover): The product.
    """
    rejected: Counter[str] = Counter()
    shares = np.zeros(len(cover.classes))
    patches = kept = 0
    for part in parts:
        keep = _array(part.table, 'keep')
        patches += len(keep)
        kept += int(keep.sum())
        for names in part.table['verdicts'].to_pylist():
            rejected.update(names)
        values = part.table['fractions'].combine_chunks().flatten()
        table = np.asarray(values).reshape(len(keep), len(shares))
        shares += table[keep].sum(axis=0, dtype=np.float64)
    return Summary(
        path=path,
        patches=patches,
        kept=kept,
        rejected=dict(sorted(rejected.items())),
        left_out=dict(sorted(Counter(e['reason'] for e in bad).items())),
        classes={
            name: float(v) / max(kept, 1)
            for name, v in zip(cover.classes, shares, strict=True)
        },
    )


def _array(table: Any, name: str) -> Any:
    return table[name].to_numpy()
