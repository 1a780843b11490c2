"""Choices that an index depends on."""

import re
from dataclasses import dataclass
from datetime import date

from ...errors import InputError
from ..maps.files import MapName
from ..scenes.joined import RESAMPLING
from ..scenes.mask_search import MaskChoice

_DATE = re.compile(r'\d{4}-\d{2}-\d{2}')


def check_date(text: str) -> None:
    """InputError for what is not a day of the calendar, YYYY-MM-DD."""
    try:
        good = _DATE.fullmatch(text) is not None
        date.fromisoformat(text)
    except ValueError:
        good = False
    if not good:
        raise InputError(
            f'--date {text!r}: not a date; give it as YYYY-MM-DD, e.g. '
            '2020-07-31'
        )


@dataclass(frozen=True)
class BuildOptions:
    """Everything that an index depends on.

    Attributes:
        scenes (tuple[str, ...]): Files, folders, globs or lists.
        product (str): Land-cover product; empty where ``maps`` are given.
        land_cover (tuple[str, ...]): Its files or folders.
        patch_size (int): Pixels along a patch's side.
        out (str): Index to write.
        stride (int | None): Pixels between patches; the patch size.
        grid (int): Cells along a side for ``grid_fractions``.
        legend (str): ``'common'`` or ``'native'``.
        year (int | None): Year of the map; else from its file names.
        bands (tuple[str, ...] | None): Bands to keep, in this order.
        band_names (tuple[str, ...] | None): Names of multi-band files.
        group_files (str | None): See :func:`.catalog.open_scenes`.
        date (str | None): ISO date of all scenes.
        stretch (str): ``'scene'``, ``'sensor'`` or ``'none'``.
        filters (tuple[str, ...] | None): Filters to use; all.
        without (tuple[str, ...]): Filters to leave out.
        min_valid (float | None): Least valid share of a patch.
        spherical (bool): True cell areas for geographic products.
        maps (tuple[MapName, ...]): Several maps instead of one product.
        choose (str): What to do with them, see :mod:`.map_stack`.
        resample (str | None): How files on coarser grids are brought to the
            finest, see :data:`.joined.RESAMPLING`; None refuses them.
        mask (str | None): Quality layer of clouds, see :mod:`.mask_search`.
        cloud_codes, shadow_codes (tuple[int, ...] | None): Its values that
            mean cloud and shadow; else its name stands for them.
        max_cloud (float | None): Largest share of a patch that the layer
            may call cloud, and that it may call shadow.
        scale, offset (float | None): What stored numbers of all scenes
            mean, in place of what files and lists state.
        use_scaling (bool): Use scales and offsets at all.
        checksums (str | None): List of checksums that every scene file is
            compared with; see :mod:`.checksums`.
    """

    scenes: tuple[str, ...]
    product: str
    land_cover: tuple[str, ...]
    patch_size: int
    out: str
    stride: int | None = None
    grid: int = 1
    legend: str = 'common'
    year: int | None = None
    bands: tuple[str, ...] | None = None
    band_names: tuple[str, ...] | None = None
    group_files: str | None = None
    date: str | None = None
    stretch: str = 'scene'
    filters: tuple[str, ...] | None = None
    without: tuple[str, ...] = ()
    min_valid: float | None = None
    spherical: bool = True
    checksums: str | None = None
    maps: tuple[MapName, ...] = ()
    choose: str = 'nearest'
    resample: str | None = None
    mask: str | None = None
    cloud_codes: tuple[int, ...] | None = None
    shadow_codes: tuple[int, ...] | None = None
    max_cloud: float | None = None
    scale: float | None = None
    offset: float | None = None
    use_scaling: bool = True

    @property
    def step(self) -> int:
        """Pixels from patch to patch."""
        return self.stride or self.patch_size

    @property
    def mask_choice(self) -> MaskChoice:
        """The quality layer and its values."""
        assert self.mask is not None
        return MaskChoice(self.mask, self.cloud_codes, self.shadow_codes)

    def check(self) -> None:
        """InputError for numbers that make no sense."""
        if bool(self.maps) == bool(self.product and self.land_cover):
            raise InputError(
                'no land cover or too much of it; give either --product and '
                '--land-cover, or --map for each of several maps'
            )
        if self.maps and self.year is not None:
            raise InputError(
                f'--year {self.year}: goes with --product; give years as '
                '--map PRODUCT@YEAR=PATH'
            )
        if self.date is not None:
            check_date(self.date)
        if self.resample not in (None, *RESAMPLING):
            raise InputError(
                f'--resample {self.resample}: choose one of '
                f'{", ".join(RESAMPLING)}'
            )
        if self.mask is None and (
            self.cloud_codes or self.shadow_codes or self.max_cloud is not None
        ):
            raise InputError(
                '--cloud-codes, --shadow-codes and --max-cloud belong to a '
                'quality layer; give it with --mask'
            )
        if self.max_cloud is not None and not 0 <= self.max_cloud <= 1:
            raise InputError(
                f'--max-cloud {self.max_cloud}: a share between 0 and 1'
            )
        if self.scale is not None and not 0 < abs(self.scale) < float('inf'):
            raise InputError(f'--scale {self.scale}: a number other than 0')
        if self.patch_size < 1:
            raise InputError(
                f'--patch-size {self.patch_size}: must be at least 1'
            )
        if self.stride is not None and self.stride < 1:
            raise InputError(f'--stride {self.stride}: must be at least 1')
        if not 1 <= self.grid <= self.patch_size:
            raise InputError(
                f'--grid {self.grid}: must lie between 1 and the patch size'
            )
        if self.min_valid is not None and not 0 <= self.min_valid <= 1:
            raise InputError(
                f'--min-valid {self.min_valid}: a share between 0 and 1'
            )
