"""Several land-cover maps as one: other years, other products.

For each scene a map stack picks the map that fits its date best
(:mod:`.map_selection`), or combines all maps into a soft label
(:mod:`.label_fusion`). Both give the confidence of the label. Where one
product has maps before and after the image both are kept with the change
between them: there the label may be out of date.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...errors import InputError
from ..core.executor import Executor
from ..landcover.fractions import Fractions
from ..landcover.landcover import LandCover
from ..landcover.map_years import tiles_by_year
from ..landcover.tile import Tile
from ..maps.files import MapName
from ..maps.legend import Legend
from ..maps.product import load_product
from .label_fusion import (
    SoftLabel,
    combine,
    detail,
    freshness,
    mean_of_cells,
    patch_confidence,
)
from .map_selection import (
    MapSelection,
    covered_share,
    decimal_year,
    select_maps,
    years_apart,
)
from .patch_labels import PatchLabels, map_change

#: What to do with several maps.
CHOICES = ('nearest', 'combine')
#: Fractions of patches in one map: as a whole, and cell by cell.
MapFractions = tuple[Fractions, Fractions]


class MapStack:
    """Maps of one legend, in order of preference among equals.

    Args:
        choose (str): ``'nearest'`` or ``'combine'``.

    Raises:
        InputError: No map, different legends, or one map twice.
    """

    def __init__(
        self, maps: Sequence[LandCover], choose: str = 'nearest'
    ) -> None:
        if choose not in CHOICES:
            raise InputError(
                f'--choose {choose!r}: give one of {", ".join(CHOICES)}'
            )
        if not maps:
            raise InputError('no land-cover map given; name one with --map')
        seen = set()
        for cover in maps:
            if cover.legend != maps[0].legend:
                raise InputError(
                    f'{cover.tiles[0].path}: product {cover.product.name!r} '
                    f'has another legend than {maps[0].product.name!r}; '
                    'maps of several products need --legend common'
                )
            key = cover.product.name, cover.year
            if key in seen:
                raise InputError(
                    f'{cover.tiles[0].path}: second map of product '
                    f'{cover.product.name!r} of {cover.year}; give all '
                    'its files in one --map'
                )
            seen.add(key)
        self.maps = tuple(maps)
        self.choose = choose

    @classmethod
    def open(
        cls,
        names: Sequence[MapName],
        choose: str = 'nearest',
        legend: str = 'common',
        spherical: bool = True,
        executor: Executor | None = None,
    ) -> 'MapStack':
        """Open maps as :meth:`.LandCover.open`; each year makes a map."""
        maps = []
        for name in names:
            product = load_product(name.product)
            classes = product.legend(legend)
            found = tiles_by_year(product, name.paths, name.year, executor)
            for year, tiles in found.items():
                cover = LandCover(product, classes, tiles, year, spherical)
                maps.append(cover)
        return cls(maps, choose)

    @property
    def legend(self) -> Legend:
        """Classes of all maps."""
        return self.maps[0].legend

    @property
    def tiles(self) -> tuple[Tile, ...]:
        """Files of all maps."""
        return tuple(tile for m in self.maps for tile in m.tiles)

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes."""
        return self.legend.names

    def describe(self) -> list[dict[str, Any]]:
        """Product, year, cell side and accuracy of each map."""
        return [
            {
                'product': m.product.name,
                'year': m.year,
                'gsd': round(m.gsd, 3),
                'accuracy': m.accuracy,
            }
            for m in self.maps
        ]

    def label_patches(
        self,
        footprints: Any,
        crs: str,
        grid: int = 1,
        date: str | None = None,
        side: float | None = None,
    ) -> PatchLabels:
        """Labels of one scene's patches (N, 4, 2), measured in all maps."""
        measured = []
        for cover in self.maps:
            whole = cells = cover.coverage(footprints, crs)
            if grid > 1:
                cells = cover.coverage(footprints, crs, grid)
            measured.append((whole, cells))
        covered = [covered_share(whole) for whole, _ in measured]
        return self.fuse(measured, self.select(covered, date), date, side)

    def select(
        self, covered: Sequence[float], date: str | None
    ) -> MapSelection:
        """The maps that fit one scene.

        ``covered`` is the share of the scene that each covers. Without the
        image's ISO date maps of all years fit alike.
        """
        return select_maps(
            [m.product.name for m in self.maps],
            [m.year for m in self.maps],
            [m.gsd for m in self.maps],
            covered,
            None if date is None else decimal_year(date),
        )

    def fuse(
        self,
        measured: Sequence[MapFractions],
        chosen: MapSelection,
        date: str | None = None,
        side: float | None = None,
    ) -> PatchLabels:
        """Labels of one scene's patches, of the best map or of all.

        Without the side of a patch in metres coarse maps count as much as
        fine ones.
        """
        when = None if date is None else decimal_year(date)
        whole, cells = measured[chosen.best]
        combined = self.choose == 'combine'
        used = range(len(self.maps)) if combined else [chosen.best]
        label = self._label(used, [measured[n][0] for n in used], when, side)
        grid = round(cells.valid.shape[1] ** 0.5)
        fine = label
        if grid > 1:
            cell = None if side is None else side / grid
            fine = self._label(
                used, [measured[n][1] for n in used], when, cell
            )
        valid = np.max([measured[n][1].valid for n in used], axis=0)
        change = None
        if chosen.around is not None:
            first, last = chosen.around
            change = map_change(
                (self.maps[first].year, measured[first][0]),
                (self.maps[last].year, measured[last][0]),
            )
        return PatchLabels(
            product=self.maps[chosen.best].product.name,
            year=self.maps[chosen.best].year,
            whole=whole,
            cells=cells,
            confidence=patch_confidence(label, fine, valid),
            grid_confidence=fine.confidence,
            soft=label.fractions[:, 0] if combined else None,
            grid_soft=fine.fractions if combined else None,
            # Maps with the same shares of a patch in other places disagree.
            disagreement=mean_of_cells(fine.disagreement, valid)
            if combined
            else None,
            change=change,
        )

    def _label(
        self,
        used: Sequence[int],
        measured: Sequence[Fractions],
        when: float | None,
        side: float | None,
    ) -> SoftLabel:
        """The label of some maps for cells of one size."""
        maps = [self.maps[n] for n in used]
        weights = [
            m.accuracy
            * freshness(years_apart(m.year, when))
            * (1.0 if side is None else detail(side, m.gsd))
            for m in maps
        ]
        return combine(measured, weights, [m.accuracy for m in maps])
