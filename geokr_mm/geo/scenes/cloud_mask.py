"""Cloud and shadow by quality layers: what their values mean, and shares."""

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from .windowed_read import BandSource, Grid, Window, read_window

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class MaskCodes:
    """What the values of a quality layer mean.

    Attributes:
        cloud, shadow, empty (tuple[int, ...]): Values; with ``bits`` numbers
            of bits from 0, any of which may be set.
        at_least (bool): Whether ``cloud`` is one value from which on a pixel
            is cloud, as in layers of probabilities.
        bands (tuple[int, int] | None): Numbers of the bands of cloud and of
            shadow, where they are bands of their own.
    """

    cloud: tuple[int, ...]
    shadow: tuple[int, ...] = ()
    empty: tuple[int, ...] = ()
    bits: bool = False
    at_least: bool = False
    bands: tuple[int, int] | None = None

    def decode(self, values: NDArray[np.generic]) -> tuple[Mask, Mask, Mask]:
        """Cloud, shadow and empty pixels; no pixel is two of them.

        Args:
            values (array (h, w), or (2, h, w) with ``bands``): As stored.
        """
        clouds, shadows = (values, values) if self.bands is None else values
        empty = self._among(clouds, self.empty)
        if self.at_least:
            cloud = clouds.astype(np.float64) >= self.cloud[0]
        else:
            cloud = self._among(clouds, self.cloud)
        cloud = cloud & ~empty
        shadow = self._among(shadows, self.shadow) & ~cloud & ~empty
        return cloud, shadow, empty

    def _among(
        self, values: NDArray[np.generic], wanted: tuple[int, ...]
    ) -> Mask:
        if not wanted:
            return np.zeros(values.shape, np.bool_)
        if not self.bits:
            return np.isin(values, wanted)
        flags = sum(1 << bit for bit in wanted)
        return np.asarray((values.astype(np.int64) & flags) != 0)


def _named(*words: str) -> re.Pattern[str]:
    either = '|'.join(words)
    return re.compile(rf'(?i)(?:^|[^a-z0-9])(?:{either})(?:[^a-z0-9]|$)')


#: File or layer name to codes, the first that fits.
KNOWN: tuple[tuple[str, re.Pattern[str], MaskCodes], ...] = (
    # Sentinel-2 L2A scene classification (ESA, Level-2A Algorithm Overview):
    # 8 and 9 cloud of medium and high probability, 10 thin cirrus, 3 shadow.
    ('SCL', _named('SCL'), MaskCodes((8, 9, 10), (3,), (0,))),
    # Landsat Collection 2 (USGS LSDS-1619): bits 1 dilated cloud, 2 cirrus,
    # 3 cloud, 4 cloud shadow, 0 fill.
    (
        'QA_PIXEL',
        _named('QA_PIXEL'),
        MaskCodes((1, 2, 3), (4,), (0,), bits=True),
    ),
    # Landsat Collection 1 surface reflectance (USGS LSDS-1368): bit 5 cloud,
    # 3 cloud shadow, 0 fill.
    (
        'pixel_qa',
        _named('pixel_qa'),
        MaskCodes((5,), (3,), (0,), bits=True),
    ),
    # Harmonized Landsat Sentinel-2 v2.0 user guide: bit 1 cloud, 3 shadow.
    # Its fill value of 255 is the file's nodata.
    (
        'HLS Fmask',
        re.compile(r'(?i)^HLS\.[SL]30\..*Fmask'),
        MaskCodes((1,), (3,), bits=True),
    ),
    # Zhu and Woodcock 2012: 4 cloud, 2 shadow, 255 fill.
    ('Fmask', _named('fmask', 'fmask4'), MaskCodes((4,), (2,), (255,))),
    # Sen2Cor's cloud probability in percent.
    (
        'CLDPRB',
        _named('MSK_CLDPRB(?:_\\d+m)?', 'CLDPRB'),
        MaskCodes((50,), empty=(255,), at_least=True),
    ),
    # Planet's usable data mask 2: band 6 cloud, band 3 shadow.
    ('udm2', _named('udm2'), MaskCodes((1,), (1,), bands=(6, 3))),
    # sentinel2-cloud-detector and masks alike: 1 cloud, 255 no data.
    (
        'CLM',
        _named('CLM', 'cloud_?mask', 'clouds?'),
        MaskCodes((1,), empty=(255,)),
    ),
)


def find_codes(
    name: str,
    cloud: tuple[int, ...] | None = None,
    shadow: tuple[int, ...] | None = None,
) -> MaskCodes:
    """Codes of a quality layer, as stated or by its name or file name.

    Raises:
        InputError: A name that is not known, and no stated values.
    """
    if cloud is not None:
        return MaskCodes(cloud, shadow or ())
    for _, pattern, codes in KNOWN:
        if pattern.search(name):
            return codes
    raise InputError(
        f'{name}: not known which values mean cloud (known names: '
        f'{", ".join(known for known, _, _ in KNOWN)}); state them with '
        '--cloud-codes, e.g. --cloud-codes 4 --shadow-codes 2'
    )


@dataclass(frozen=True)
class CloudMask:
    """The quality layer of one scene: a band of a file on any grid."""

    file: str
    band: int
    codes: MaskCodes

    def shares(
        self, grid: Grid, window: Window
    ) -> tuple[float | None, float | None]:
        """Shares of a window that are cloud and cloud shadow.

        Of the pixels with a value; both None where there are none. A layer
        on another grid is read by its nearest pixel.
        """
        numbers = self.codes.bands or (self.band,)
        sources = [BandSource(0, number) for number in numbers]
        values, valid = read_window(
            [self.file], sources, window, grid=grid, alphas=[None]
        )
        one = values if self.codes.bands else values[0]
        cloud, shadow, empty = self.codes.decode(one)
        known = ~empty if valid is None else ~empty & valid.all(axis=0)
        count = int(known.sum())
        if not count:
            return None, None
        return (
            float((cloud & known).sum() / count),
            float((shadow & known).sum() / count),
        )
