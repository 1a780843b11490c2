"""Several land-cover maps as one: other years, other products.

For each scene an atlas picks the map that fits its date best
(:mod:`.choice`), or combines all maps into a soft label
(:mod:`.soft_label`). Either way it says how far the label can be trusted,
and where one product has maps before and after the image it keeps both and
the change between them: there the label may be out of date.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...errors import InputError
from ..core.executor import Crew
from ..landcover.knowledge import Fractions
from ..landcover.landcover import LandCover
from ..landcover.map_years import tiles_by_year
from ..landcover.tile import Tile
from ..maps.legend import Legend
from ..maps.names import MapName
from ..maps.product import load_product
from .agreement import Judgement, between
from .label_fusion import (
    SoftLabel,
    combine,
    detail,
    freshness,
    patch_confidence,
    patch_disagreement,
)
from .map_selection import (
    Pick,
    decimal_year,
    known_share,
    pick_maps,
    years_apart,
)

#: What to do with several maps.
CHOICES = ('nearest', 'combine')
#: What one map says about patches: as a whole, and cell by cell.
Said = tuple[Fractions, Fractions]


class Atlas:
    """Maps of one legend, asked together.

    Args:
        maps (sequence of LandCover): In order of preference among equals.
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
        for number, cover in enumerate(maps):
            if cover.legend != maps[0].legend:
                raise InputError(
                    f'{cover.tiles[0].path}: product {cover.product.name!r} '
                    f'has another legend than {maps[0].product.name!r}; '
                    'maps of several products need --legend common'
                )
            for other in maps[:number]:
                if _named(cover) == _named(other):
                    raise InputError(
                        f'{cover.tiles[0].path}: second map of product '
                        f'{cover.product.name!r} of {cover.year}; give all '
                        'its files in one --map'
                    )
        self.maps = tuple(maps)
        self.choose = choose

    @classmethod
    def open(
        cls,
        names: Sequence[MapName],
        choose: str = 'nearest',
        legend: str = 'common',
        spherical: bool = True,
        crew: Crew | None = None,
    ) -> 'Atlas':
        """Open the files of several maps.

        Args:
            names (sequence of MapName): Products, years and files; files
                of several years make several maps.
            choose (str): See the class.
            legend (str): ``'common'`` or ``'native'``.
            spherical (bool): See :class:`.landcover.LandCover`.
            crew (Crew): Who reads the files' headers; this process by
                default.
        """
        maps = []
        for name in names:
            product = load_product(name.product)
            classes = product.legend(legend)
            found = tiles_by_year(product, name.paths, name.year, crew)
            for year, tiles in found.items():
                cover = LandCover(product, classes, tiles, year, spherical)
                maps.append(cover)
        return cls(maps, choose)

    @property
    def legend(self) -> Legend:
        """Classes that all maps answer in."""
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

    def ask(
        self,
        footprints: Any,
        crs: str,
        grid: int = 1,
        date: str | None = None,
        side: float | None = None,
    ) -> Judgement:
        """Ask all maps about the patches of one scene.

        Args:
            footprints (array (N, 4, 2)): See
                :meth:`.landcover.LandCover.coverage`.
            crs (str): Their CRS.
            grid (int): Cells along each side.
            date (str): ISO date of the image.
            side (float): Side of a patch in metres.
        """
        said = []
        for cover in self.maps:
            whole = cover.coverage(footprints, crs)
            cells = (
                whole if grid == 1 else cover.coverage(footprints, crs, grid)
            )
            said.append((whole, cells))
        pick = self.pick([known_share(whole) for whole, _ in said], date)
        return self.judge(said, pick, date, side)

    def pick(self, known: Sequence[float], date: str | None) -> Pick:
        """The maps that fit one scene.

        Args:
            known (sequence of float): Share of the scene that each knows.
            date (str | None): ISO date of the image; maps of all years fit
                alike where it is not known.
        """
        return pick_maps(
            [m.product.name for m in self.maps],
            [m.year for m in self.maps],
            [m.gsd for m in self.maps],
            known,
            None if date is None else decimal_year(date),
        )

    def judge(
        self,
        said: Sequence[Said],
        pick: Pick,
        date: str | None = None,
        side: float | None = None,
    ) -> Judgement:
        """Choose or combine what the maps said about one scene's patches.

        Args:
            said (sequence of Said): The answers of each map, in order.
            pick (Pick): The maps that fit the scene.
            date (str): ISO date of the image.
            side (float): Side of a patch in metres; without it coarse maps
                count as much as fine ones.
        """
        when = None if date is None else decimal_year(date)
        whole, cells = said[pick.best]
        combined = self.choose == 'combine'
        used = range(len(self.maps)) if combined else [pick.best]
        label = self._label(used, [said[n][0] for n in used], when, side)
        grid = round(cells.valid.shape[1] ** 0.5)
        fine = label
        if grid > 1:
            fine = self._label(
                used,
                [said[n][1] for n in used],
                when,
                None if side is None else side / grid,
            )
        valid = np.max([said[n][1].valid for n in used], axis=0)
        change = None
        if pick.around is not None:
            first, last = pick.around
            change = between(
                (self.maps[first].year, said[first][0]),
                (self.maps[last].year, said[last][0]),
            )
        return Judgement(
            product=self.maps[pick.best].product.name,
            year=self.maps[pick.best].year,
            whole=whole,
            cells=cells,
            confidence=patch_confidence(label, fine, valid),
            grid_confidence=fine.confidence,
            soft=label.fractions[:, 0] if combined else None,
            grid_soft=fine.fractions if combined else None,
            disagreement=patch_disagreement(fine, valid) if combined else None,
            change=change,
        )

    def _label(
        self,
        used: Sequence[int],
        said: Sequence[Fractions],
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
        return combine(said, weights, [m.accuracy for m in maps])


def _named(cover: LandCover) -> tuple[str, int]:
    return cover.product.name, cover.year
