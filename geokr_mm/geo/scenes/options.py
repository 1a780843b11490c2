"""Options of scenes: which files, which bands, what their numbers mean."""

from dataclasses import dataclass
from functools import partial

from ...errors import InputError
from ..core.options import comma_list, option
from .dates import is_date

#: How files on other grids may be resampled.
RESAMPLING = ('nearest', 'bilinear', 'cubic', 'average')


def _whole_numbers(flag: str, text: str) -> tuple[int, ...]:
    """Whole numbers of ``N,N,...``."""
    try:
        return tuple(int(part) for part in text.split(',') if part.strip())
    except ValueError:
        raise InputError(
            f'{flag} {text!r}: give whole numbers with commas between, '
            'e.g. 8,9,10'
        ) from None


@dataclass(frozen=True, kw_only=True)
class SceneOptions:
    """How scenes are opened; the help of each field explains it."""

    bands: tuple[str, ...] | None = option(
        None,
        read=comma_list,
        metavar='A,B,...',
        help='bands to keep, in this order (default: all)',
    )
    band_names: tuple[str, ...] | None = option(
        None,
        read=comma_list,
        metavar='A,B,...',
        help='names for the bands of multi-band files that carry none',
    )
    group_files: str | None = option(
        None,
        metavar='REGEX',
        help='scenes spread over files: a pattern with groups scene and '
        'band (default: as the agencies name them, e.g. x_B04_10m.jp2)',
    )
    date: str | None = option(
        None,
        metavar='YYYY-MM-DD',
        help='date of all scenes (default: from names or tags)',
    )
    resample: str | None = option(
        None,
        metavar='HOW',
        help='bring coarser files of a scene to the finest wanted grid: '
        'nearest, bilinear, cubic or average (default: refuse them)',
    )
    mask: str | None = option(
        None,
        metavar='NAME|GLOB',
        help='quality layer of clouds: its name (SCL, QA_PIXEL, Fmask, CLM, '
        'or a band) or files, one for each scene, found by date and place',
    )
    cloud_codes: tuple[int, ...] | None = option(
        None,
        read=partial(_whole_numbers, '--cloud-codes'),
        metavar='N,N,...',
        help='its values that mean cloud (default: by its name)',
    )
    shadow_codes: tuple[int, ...] | None = option(
        None,
        read=partial(_whole_numbers, '--shadow-codes'),
        metavar='N,N,...',
        help='its values that mean cloud shadow (default: by its name)',
    )
    scale: float | None = option(
        None,
        type=float,
        metavar='X',
        help='value = number * scale + offset, for all scenes (default: as '
        'their files, tables or catalogues state)',
    )
    offset: float | None = option(
        None,
        type=float,
        metavar='X',
        help='likewise, e.g. -1000 for counts of Sentinel-2 since baseline '
        '04.00',
    )
    use_scaling: bool = option(
        True,
        flag='--no-scaling',
        action='store_false',
        help='use stored numbers as they are, whatever scale and offset '
        'files state',
    )
    checksums: str | None = option(
        None,
        stored=False,
        metavar='FILE',
        help='list of tools/checksums.py, sha256sum or md5sum that every '
        'scene file is compared with first (default: none)',
    )

    def check(self) -> None:
        """InputError for values that make no sense."""
        if self.date is not None and not is_date(self.date):
            raise InputError(
                f'--date {self.date!r}: not a date; give it as YYYY-MM-DD, '
                'e.g. 2020-07-31'
            )
        if self.resample not in (None, *RESAMPLING):
            raise InputError(
                f'--resample {self.resample}: choose one of '
                f'{", ".join(RESAMPLING)}'
            )
        if self.mask is None and (self.cloud_codes or self.shadow_codes):
            raise InputError(
                '--cloud-codes, --shadow-codes and --max-cloud belong to a '
                'quality layer; give it with --mask'
            )
        if self.scale is not None and not 0 < abs(self.scale) < float('inf'):
            raise InputError(f'--scale {self.scale}: a number other than 0')


DEFAULTS = SceneOptions()
