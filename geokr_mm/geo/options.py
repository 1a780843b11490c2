"""Choices that an index depends on."""

from dataclasses import dataclass

from ..errors import InputError


@dataclass(frozen=True)
class BuildOptions:
    """Everything that an index depends on.

    Attributes:
        scenes (tuple[str, ...]): Files, folders, globs or lists.
        product (str): Land-cover product.
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

    @property
    def step(self) -> int:
        """Pixels from patch to patch."""
        return self.stride or self.patch_size

    def check(self) -> None:
        """InputError for numbers that make no sense."""
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
