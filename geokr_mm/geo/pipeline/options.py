"""Options of building an index, and of the run that builds it."""

from collections.abc import Sequence
from dataclasses import dataclass

from ...errors import InputError
from ..core.options import MapOptions, WorkerOptions, comma_list, option
from ..maps.files import MapName, parse_map
from ..scenes.options import SceneOptions


def _maps(given: Sequence[Sequence[str]]) -> tuple[MapName, ...]:
    return tuple(parse_map(words) for words in given)


def _scales(text: str) -> tuple[float, float]:
    """Two sides over the patch size, of ``A,B``."""
    try:
        low, high = (float(part) for part in text.split(','))
    except ValueError:
        low = high = 0.0
    if not 0 < low <= high < float('inf'):
        raise InputError(
            f'--scales {text!r}: give two numbers above 0, the smaller one '
            'first, e.g. 0.5,2'
        )
    return low, high


@dataclass(frozen=True)
class BuildOptions(MapOptions, SceneOptions):
    """Everything that an index depends on; each field's help explains it."""

    scenes: tuple[str, ...] = option(
        read=tuple,
        nargs='+',
        metavar='PATH',
        help='images: files, folders, globs, .txt lists, .csv tables (path, '
        'scene, bands, date, gsd, scale, offset, mask; lon, lat, width_m of '
        'images without georeference), STAC .json files; each may be a URL',
    )
    product: str = option(
        required=False,
        help='land-cover product: a name of docs/products.md or a .yaml file',
    )
    land_cover: tuple[str, ...] = option(
        read=tuple,
        required=False,
        nargs='+',
        metavar='PATH',
        help='its files, or folders of them; of several bands FILE#BAND '
        'names one, by number or name',
    )
    patch_size: int = option(
        type=int, metavar='N', help='pixels along a patch'
    )
    out: str = option(stored=False, metavar='FILE', help='index to write')
    stride: int | None = option(
        None,
        type=int,
        metavar='N',
        help='pixels from patch to patch (default: the patch size)',
    )
    sample: int = option(
        0,
        type=int,
        metavar='N',
        help='random windows beside the grid, in all scenes together '
        '(default: 0); they are resampled to the patch size when read',
    )
    scales: tuple[float, float] = option(
        (0.5, 2.0),
        read=_scales,
        metavar='A,B',
        help='least and largest side of the random windows over the patch '
        'size (default: 0.5,2)',
    )
    sample_seed: int = option(
        0, type=int, metavar='N', help='of the random windows (default: 0)'
    )
    maps: tuple[MapName, ...] = option(
        (),
        flag='--map',
        read=_maps,
        nargs='+',
        action='append',
        metavar=('PRODUCT[@YEAR]=PATH', 'PATH'),
        help='instead of --product, repeated: several products, or years of '
        'one (from file names where no year is given)',
    )
    choose: str = option(
        'nearest',
        metavar='RULE',
        help='with --map: nearest (the map that fits each scene in date, '
        'resolution and coverage, default) or combine (that one and a soft '
        'label of all)',
    )
    stretch: str = option(
        'scene',
        metavar='MODE',
        help='scene (1-99 %% of each scene, default), sensor (of each band '
        'over all scenes) or none',
    )
    units: str | None = option(
        None,
        metavar='TEXT',
        help='units of number * scale + offset, e.g. reflectance (default: '
        "reflectance by Sentinel-2's baseline, else counts, brightness 0 to "
        '255, values as stored, or scaled values)',
    )
    stats_from: str | None = option(
        None,
        metavar='INDEX',
        help='take mean and deviation of the bands from this index, whose '
        'bands have the same names and units (default: of the kept patches)',
    )
    filters: tuple[str, ...] | None = option(
        None,
        read=comma_list,
        metavar='A,B,...',
        help='filters to use: nodata, dark, low_contrast, cloud, shadow, sea, '
        'uncovered (default: all)',
    )
    without: tuple[str, ...] = option(
        (),
        flag='--no-filter',
        read=tuple,
        action='append',
        metavar='NAME',
        help='a filter to leave out; may be repeated',
    )
    min_valid: float | None = option(
        None,
        type=float,
        metavar='SHARE',
        help='least share of a patch with known land cover (default: 0.3)',
    )
    max_cloud: float | None = option(
        None,
        type=float,
        metavar='SHARE',
        help='largest share of a patch that --mask may call cloud, and that '
        'it may call shadow (default: 0.2)',
    )

    @property
    def step(self) -> int:
        """Pixels from patch to patch."""
        return self.stride or self.patch_size

    def check(self) -> None:
        """InputError for values that make no sense."""
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
        super().check()
        if self.mask is None and self.max_cloud is not None:
            raise InputError(
                '--cloud-codes, --shadow-codes and --max-cloud belong to a '
                'quality layer; give it with --mask'
            )
        for flag, share in (
            ('--max-cloud', self.max_cloud),
            ('--min-valid', self.min_valid),
        ):
            if share is not None and not 0 <= share <= 1:
                raise InputError(f'{flag} {share}: a share between 0 and 1')
        for flag, pixels in (
            ('--patch-size', self.patch_size),
            ('--stride', 1 if self.stride is None else self.stride),
        ):
            if pixels < 1:
                raise InputError(f'{flag} {pixels}: must be at least 1')
        if self.sample < 0:
            raise InputError(f'--sample {self.sample}: must not be below 0')
        if not 1 <= self.grid <= self.patch_size:
            raise InputError(
                f'--grid {self.grid}: must lie between 1 and the patch size'
            )


@dataclass(frozen=True, kw_only=True)
class RunOptions(WorkerOptions):
    """How a build runs; none of it changes a byte of the index."""

    max_bad_fraction: float = option(
        0.0,
        stored=False,
        type=float,
        metavar='SHARE',
        help='share of scene files that may be unusable; they are listed in '
        'OUT.quarantine.csv (default: 0, stop at the first)',
    )
    quiet: bool = option(
        True,
        stored=False,
        action='store_true',
        help='no progress, no summary',
    )
