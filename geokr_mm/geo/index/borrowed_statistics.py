"""Mean and deviation of bands that one index takes from another."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ...errors import InputError
from .reader import read_index
from .schema import IndexMetadata


@dataclass(frozen=True)
class BorrowedStatistics:
    """Statistics of another index, in the order of this one's bands.

    Attributes:
        source (str): File name of the other index.
        inputs_hash (str): Its fingerprint.
        physical, stretched (dict): ``mean`` and ``std`` of each band.
    """

    source: str
    inputs_hash: str
    physical: dict[str, list[float]]
    stretched: dict[str, list[float]]

    @classmethod
    def of(
        cls, path: str, bands: Sequence[str], units: str
    ) -> 'BorrowedStatistics':
        """Read them.

        Args:
            path (str): The other index.
            bands (sequence of str): Bands of this one.
            units (str): Units of this one's values.

        Raises:
            InputError: The other one cannot be read, lacks a band, or its
                values have other units.
        """
        _, other = read_index(path)
        missing = [band for band in bands if band not in other.bands]
        if missing:
            raise InputError(
                f'--stats-from {path}: no band {", ".join(missing)}; it has '
                f'{", ".join(other.bands)}, this index '
                f'{", ".join(bands)}. Name them alike with --band-names, or '
                'leave --stats-from out'
            )
        try:
            physical = other.band_statistics('physical', bands)
        except InputError as error:
            raise InputError(f'--stats-from {path}: {error}') from None
        theirs = (other.values or {})['units']
        if theirs != units:
            raise InputError(
                f'--stats-from {path}: its values are {theirs!r}, those of '
                f'this index {units!r}; make them alike with --scale, '
                '--offset and --units, or leave --stats-from out'
            )
        return cls(
            Path(path).name,
            other.inputs_hash,
            physical,
            other.band_statistics('stretched', bands),
        )

    def into(self, metadata: IndexMetadata) -> IndexMetadata:
        """The metadata of an index with these statistics in it."""
        source: dict[str, Any] = {
            'index': self.source,
            'inputs_hash': self.inputs_hash,
        }
        values = {
            **(metadata.values or {}),
            **self.physical,
            'stats_from': source,
        }
        return replace(metadata, statistics=self.stretched, values=values)
