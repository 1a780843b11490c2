"""What a file's name and tags tell: date, sensor bands, scene and band."""

import re
from collections.abc import Sequence
from datetime import date, timedelta

# Single-band files of one scene: LC08_..._B4.TIF, landsat_b4.tif,
# T33TWN_20150711T100006_B04.jp2, B04.tif.
GROUP = r'^(?:(?P<scene>.+)[_.-])?(?P<band>[bB]\d{1,2}[aA]?)\.\w+$'

# Band order of whole-sensor stacks, by number of bands (ESA Sentinel-2
# User Handbook, table of MSI bands; L2A lacks the cirrus band B10).
# fmt: off
SENTINEL2 = [
    'B01', 'B02', 'B03', 'B04', 'B05', 'B06', 'B07', 'B08', 'B8A', 'B09',
    'B10', 'B11', 'B12',
]
# fmt: on
SENTINEL2_NAME = re.compile(r'(?i)(?:^|[_-])S2[ABC]?(?:[_-]|$)|MSIL[12]')

_DATES = (
    re.compile(r'(?<!\d)(?P<y>(?:19|20)\d\d)[-_.](?P<m>\d\d)[-_.](?P<d>\d\d)'),
    re.compile(r'(?<!\d)(?P<y>(?:19|20)\d\d)(?P<m>\d\d)(?P<d>\d\d)(?!\d)'),
    # Landsat before 2017: LC8 path row year day-of-year.
    re.compile(r'L[A-Z]\d\d{6}(?P<y>(?:19|20)\d\d)(?P<j>\d{3})'),
)
_TAG = re.compile(r'^(?P<y>\d{4}):(?P<m>\d\d):(?P<d>\d\d)')


def _iso(match: re.Match[str]) -> str | None:
    parts = match.groupdict()
    try:
        if 'j' in parts:
            day = date(int(parts['y']), 1, 1)
            return (day + timedelta(int(parts['j']) - 1)).isoformat()
        return date(*(int(parts[k]) for k in 'ymd')).isoformat()
    except ValueError:
        return None


def find_date(name: str, tags: dict[str, str] | None = None) -> str | None:
    """Acquisition date from a file's name, else from its TIFF tag.

    Args:
        name (str): File name.
        tags (dict): The file's tags.

    Returns:
        str or None: ISO date, None where nothing tells.
    """
    for pattern in _DATES:
        for match in pattern.finditer(name):
            found = _iso(match)
            if found:
                return found
    match_tag = _TAG.match((tags or {}).get('TIFFTAG_DATETIME', ''))
    return _iso(match_tag) if match_tag else None


def band_names(
    name: str, descriptions: Sequence[str | None], colors: Sequence[str]
) -> list[str]:
    """Names of a file's bands.

    Args:
        name (str): File name.
        descriptions (sequence): The file's own band descriptions.
        colors (sequence of str): Its colour interpretations.

    Returns:
        list[str]: The descriptions where all are given and differ; else
        the sensor's names where the file name tells the sensor; else
        red, green, blue for RGB images; else b1, b2...
    """
    count = len(descriptions)
    given = [d.strip() for d in descriptions if d and d.strip()]
    if len(set(given)) == count:
        return given
    if SENTINEL2_NAME.search(name):
        if count == 13:
            return [*SENTINEL2]
        if count == 12:
            return [b for b in SENTINEL2 if b != 'B10']
    if count > 1 and list(colors[:3]) == ['red', 'green', 'blue']:
        rest = [
            'alpha' if c == 'alpha' else f'b{i + 4}'
            for i, c in enumerate(colors[3:])
        ]
        return ['red', 'green', 'blue', *rest]
    return [f'b{i + 1}' for i in range(count)]
