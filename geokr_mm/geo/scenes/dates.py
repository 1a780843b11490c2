"""When an image was taken, by its file's name and tags."""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

_YEAR = r'(?P<y>(?:19|20)\d\d)'
_TIME = r'(?:(?:[01]\d|2[0-3])[0-5]\d[0-5]\d)?'
_DATES = (
    re.compile(
        rf'(?<!\d){_YEAR}(?P<s>[-_.])(?P<m>\d\d)(?P=s)(?P<d>\d\d)(?!\d)'
    ),
    re.compile(rf'(?<!\d){_YEAR}(?P<m>\d\d)(?P<d>\d\d){_TIME}(?!\d)'),
    # Landsat before 2017: LC8 path row year day-of-year.
    re.compile(rf'L[A-Z]\d\d{{6}}{_YEAR}(?P<j>\d{{3}})'),
    # Day of year: MODIS and VIIRS (A2020192), AppEEARS (doy2020192), HLS
    # (2020192T100031)...
    re.compile(rf'(?<![A-Za-z])(?:A|(?i:doy)){_YEAR}(?P<j>\d{{3}})(?!\d)'),
    re.compile(rf'(?<![A-Za-z\d]){_YEAR}(?P<j>\d{{3}})(?=T\d{{4}})'),
    # ...or alone: seven digits beside other numbers are a northing.
    re.compile(
        rf'(?<![A-Za-z\d])(?<!\d[-_.]){_YEAR}(?P<j>\d{{3}})'
        r'(?![A-Za-z\d])(?![-_.]\d)'
    ),
)
# A number after such a word counts something.
_COUNTED = re.compile(
    r'(?i)(?:^|[^a-z])(?:tile|grid|cell|id|aid|no|nr|num|patch|chip|part|'
    r'index|block|orbit)[-_.]?$'
)
# Sentinel-2 before December 2016: V begins the days of sensing, the other
# dates are those of processing.
_OLD_SENTINEL2 = re.compile(r'S2[A-D]_OPER_')
_SENSED = re.compile(r'_V(\d{8}T\d{6})')

# Tags of when an image was taken: GDAL's domain IMAGERY, Landsat's
# MTL, HLS, Sentinel-2. TIFFTAG_DATETIME is when a program wrote the file.
_TAGS = (
    'acquisitiondatetime',
    'acquisitiondate',
    'acquisitiontime',
    'dateacquired',
    'sensingtime',
    'sensingdate',
    'sensingstart',
    'datatake1datatakesensingstart',
    'productstarttime',
    'firstlinetime',
)
_TAG_DATE = re.compile(r'\s*(?P<y>\d{4})[-:/.]?(?P<m>\d\d)[-:/.]?(?P<d>\d\d)')
_DOMAINS = (None, 'IMAGERY', 'IMD')


def find_date(name: str, tags: Mapping[str, str] | None = None) -> str | None:
    """Acquisition date from a file's tags, else from its name.

    Of several dates in a name the first is the acquisition's, later ones the
    processing's, as all agencies name their files. Years alone, days that
    are not in the calendar or still to come, and numbers of tiles are none.
    """
    stated = {
        re.sub(r'[^a-z\d]', '', key.lower()): value
        for key, value in (tags or {}).items()
    }
    for tag in _TAGS:
        match = _TAG_DATE.match(stated.get(tag, ''))
        found = match and _day(match)
        if found:
            return found.isoformat()
    if _OLD_SENTINEL2.search(name):
        name = ' '.join(_SENSED.findall(name)[:1])
    found_at: dict[int, str] = {}
    for pattern in _DATES:
        for match in pattern.finditer(name):
            day = _day(match)
            if day and not _COUNTED.search(name[: match.start()]):
                found_at.setdefault(match.start('y'), day.isoformat())
    return found_at[min(found_at)] if found_at else None


def is_date(text: str) -> bool:
    """Whether a text is a day of the calendar, YYYY-MM-DD."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def acquisition_tags(source: Any) -> dict[str, str]:
    """Tags of an open raster that may hold when it was taken."""
    tags: dict[str, str] = {}
    for domain in _DOMAINS:
        tags.update(source.tags(ns=domain))
    return tags


def _day(match: re.Match[str]) -> date | None:
    parts = match.groupdict()
    year = int(parts['y'])
    try:
        if 'j' in parts:
            day = date(year, 1, 1) + timedelta(int(parts['j']) - 1)
            if day.year != year:
                return None
        else:
            day = date(year, int(parts['m']), int(parts['d']))
    except ValueError:
        return None
    # A day for the time zones.
    return day if day <= date.today() + timedelta(1) else None
