"""Which of several methods reads the test sets, by validation alone."""

from dataclasses import dataclass

import pandas as pd

from .protocol import Protocol


@dataclass(frozen=True)
class Choice:
    """Methods of one ``choice`` of a protocol.

    Attributes:
        means (dict[str, float]): Method to the mean of its validation
            figures, over sets, tests, labels, draws and seeds.
        missing (tuple[str, ...]): Methods with seeds of the choice that are
            not validated yet.
    """

    means: dict[str, float]
    missing: tuple[str, ...]

    @property
    def best(self) -> str | None:
        """The one to test; None while figures are missing."""
        if self.missing:
            return None
        return max(self.means, key=self.means.__getitem__)


def choices(
    protocol: Protocol, start: str, rows: pd.DataFrame
) -> dict[str, Choice]:
    """Every choice of a protocol from one start.

    Args:
        rows (DataFrame): Of the results table; only those of the validation
            sets are looked at.
    """
    sets = [s.name for s in protocol.validation]
    own = rows[
        (rows['protocol'] == protocol.name)
        & (rows['start'] == start)
        & rows['dataset'].isin(sets)
    ]
    seeds = {str(seed) for seed in protocol.choice_seeds}
    own = own[own['pretraining_seed'].isin(seeds)]
    values = own['metric_value'].astype(float)
    means = values.groupby([own['model'], own['pretraining_seed']]).mean()
    found = {}
    for name in dict.fromkeys(m.choice for m in protocol.methods if m.choice):
        members = [m.name for m in protocol.methods if m.choice == name]
        seen = {
            member: means[member]
            if member in means
            else pd.Series(dtype=float)
            for member in members
        }
        found[name] = Choice(
            {m: float(seen[m].mean()) for m in members},
            tuple(m for m in members if seeds - set(seen[m].index)),
        )
    return found
