"""How agencies name the files of one scene: bands, quality layers, others.

Sentinel-2 ``T33TWN_20200710T100031_B02_10m.jp2``, Landsat ``..._SR_B4.TIF``
and ``..._QA_PIXEL.TIF``, HLS ``....v2.0.B04.tif``, BigEarthNet
``..._B02.tif``, Planet ``..._udm2.tif``, and folders of ``red.tif`` and
``green.tif``.
"""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from enum import Enum
from typing import NamedTuple

from ..scenes.dates import find_date

#: A folder and the name of a scene in it.
Key = tuple[str, str]


class Role(Enum):
    """What a file of a scene is."""

    BAND = 'band'
    QUALITY = 'quality layer'
    OTHER = 'other layer'


class FileName(NamedTuple):
    """A file's name taken apart.

    Attributes:
        scene (str): The part that the files of a scene share; empty where
            the folder's name is the scene's.
        code (str): Name of the band or layer.
        written (str): The same as the name has it (``SR_B4`` for ``B4``).
        metres (float | None): Resolution, where the name states one.
        loose (bool): The code is a word that also occurs in other names, so
            that it only counts beside files of just this scene.
        leading (bool): The code begins the name.
    """

    scene: str
    code: str
    written: str
    role: Role
    metres: float | None = None
    loose: bool = False
    leading: bool = False


# Quality layers: their name, and how it is written. With SCL and CLDPRB of
# Sentinel-2, QA_PIXEL and the like of Landsat, Fmask of HLS, UDM of Planet,
# CLM and CLP of Sentinel Hub.
_QUALITY = {
    'SCL': 'SCL',
    'CLDPRB': 'MSK_CLDPRB|CLDPRB|CLD',
    'SNWPRB': 'MSK_SNWPRB|SNWPRB|SNW',
    'CLASSI': 'MSK_CLASSI_B00|CLASSI',
    'QA_PIXEL': 'QA_PIXEL',
    'QA_RADSAT': 'QA_RADSAT',
    # Of Collection 1, with other bits.
    'pixel_qa': 'PIXEL_?QA',
    'radsat_qa': 'RADSAT_?QA',
    'QA_AEROSOL': 'SR_QA_AEROSOL|SR_AEROSOL|QA_AEROSOL',
    'CLOUD_QA': 'SR_CLOUD_QA|CLOUD_QA',
    'BQA': 'BQA',
    'QA60': 'QA60',
    'Fmask': r'FMASK\d?',
    'UDM2': 'UDM2',
    'UDM': 'DN_UDM|UDM',
    'CLM': 'CLM',
    'CLP': 'CLP',
}
_LOOSE_QUALITY = {'cloud_mask': 'CLOUD_?MASKS?|CLOUDS?'}
# Pictures, angles, atmosphere and what else lies beside the bands.
_OTHER = (
    r'TCI|AOT|WVP|PVI|[SV][AZ]A|MSK_[A-Z]+(?:_B\d[\dA])?|'
    r'ST_(?:QA|ATRAN|CDIST|DRAD|EMIS|EMSD|TRAD|URAD)|LINEAGE_?QA|'
    r'SR_ATMOS_OPACITY|(?:SENSOR|SOLAR)_(?:AZIMUTH|ZENITH)(?:_BAND4)?'
)
_LOOSE_OTHER = (
    r'VISUAL|PREVIEW|THUMB(?:NAIL)?(?:_(?:SMALL|LARGE))?|BROWSE|OVERVIEW|'
    r'QUICK_?LOOK|QLK?'
)
# Numbers of bands; Landsat's Collection 2 has SR_B4 and ST_B10, its tiles
# SRB4, ESPA band4, Landsat 7 B6_VCID_1.
_NUMBERED = (
    r'(?:S[RT]_)?B\d{1,2}A?(?:_VCID_[12])?|(?:SR|TA|BT)B\d{1,2}|BAND_?\d{1,2}'
)
_WORDS = (
    r'COASTAL|BLUE|GREEN|YELLOW|RED|RED_?EDGE[1-4]?|NIR(?:08|09|[12])?|'
    r'SWIR(?:16|22|[12])?|CIRRUS|PAN|LWIR(?:11|12)?|TIR|[VH][VH]'
)
_END = r'(?:[-_.](?P<metres>\d{2,3})M)?'
_BEGIN = r'^(?:(?P<scene>.*?)[-_.])??'


def _compiled(codes: str, end: str = '$') -> re.Pattern[str]:
    return re.compile(f'(?i){_BEGIN}(?P<code>{codes}){_END}{end}')


_QUALITY_CODES = '|'.join(_QUALITY.values())
_LEADING = re.compile(
    f'(?i)^(?P<code>{_QUALITY_CODES}|PVI|TCI)[-_.](?P<scene>.+)$'
)
# In order: what has the longest names first.
_PATTERNS = (
    (_compiled('|'.join(_LOOSE_QUALITY.values())), Role.QUALITY, True),
    (_compiled(_QUALITY_CODES), Role.QUALITY, False),
    (_compiled(_OTHER), Role.OTHER, False),
    (_compiled(_LOOSE_OTHER), Role.OTHER, True),
    (_compiled(_NUMBERED), Role.BAND, False),
    (_compiled(_WORDS), Role.BAND, True),
)
# What a program adds behind a sensor's name, as in ..._B4_toa.
_PROCESSED = r'(?P<more>(?:[-_][A-Z][A-Z\d]*)+)$'
_MORE = (
    (_compiled(_QUALITY_CODES, _PROCESSED), Role.QUALITY),
    (_compiled(_OTHER, _PROCESSED), Role.OTHER),
    (_compiled(_NUMBERED, _PROCESSED), Role.BAND),
)
_SENSOR = re.compile(
    r'(?:^|_)(?:T\d\d[A-Z]{3}_\d{8}T\d{6}|S2[A-D]_|L[COTEM]0[1-9]_|'
    r'L[COTEM][1-9]\d{13})|^HLS\.|_3B_'
)
# Behind the name of a scene: how it was processed.
_SUFFIX = re.compile(r'[-_.][A-Za-z]+$')


def read_name(stem: str) -> FileName | None:
    """The part of a file in a scene, by its name.

    None for other names, as those of images with all bands in one file are.
    """
    for pattern, role, loose in _PATTERNS:
        match = pattern.match(stem)
        if match:
            return _file_name(match, role, loose)
    match = _LEADING.match(stem)
    if match:
        known = _quality_name(match['code'])
        role = Role.QUALITY if known else Role.OTHER
        code = known or match['code'].upper()
        return FileName(
            match['scene'], code, match['code'], role, leading=True
        )
    for pattern, role in _MORE if _SENSOR.search(stem) else ():
        match = pattern.match(stem)
        if match:
            name = _file_name(match, role, False)
            more = match['more'] if role is Role.BAND else ''
            return name._replace(scene=name.scene + more)
    return None


def _file_name(match: re.Match[str], role: Role, loose: bool) -> FileName:
    code = written = match['code']
    if role is Role.QUALITY:
        code = _quality_name(code) or 'cloud_mask'
    elif role is Role.OTHER:
        code = code.upper()
    elif not loose:
        code = re.sub(r'^S[RT]_', '', code)
    elif len(code) > len('VV'):
        code = code.lower()
    metres = float(match['metres']) if match['metres'] else None
    scene = match['scene'] or ''
    return FileName(scene, code, written, role, metres, loose)


def _quality_name(code: str) -> str | None:
    for name, written in _QUALITY.items():
        if re.fullmatch(written, code, re.IGNORECASE):
            return name
    return None


class SceneNames:
    """Names of scenes, searched by folder."""

    def __init__(self, scenes: Iterable[Key]) -> None:
        self._scenes = set(scenes)
        self._by_folder: dict[str, list[str]] = defaultdict(list)
        for folder, name in self._scenes:
            self._by_folder[folder].append(name)
        for names in self._by_folder.values():
            names.sort()
        self._by_date: dict[tuple[str, str | None], list[str]] | None = None

    def owners(self, folder: str, name: FileName) -> list[Key]:
        """Scenes that a layer belongs to.

        That of its own name, and the same processed otherwise (``_toa``);
        else those whose name begins like its own, if it is one or the common
        part is of one day; for names that begin with the layer's, the one of
        that day.
        """
        inside = self._by_folder.get(folder, [])
        if (folder, name.scene) in self._scenes:
            also = self._beginning(inside, name.scene) if name.scene else ()
            same = [n for n in also if _SUFFIX.match(n, len(name.scene))]
            return [(folder, n) for n in (name.scene, *same)]
        if not name.scene:
            # Without a name of its own it belongs to the one scene here.
            sure = len(inside) == 1 or name.role is Role.OTHER
            return [(folder, other) for other in inside if sure]
        if name.loose:
            return []
        day = find_date(name.scene)
        found = list(self._beginning(inside, name.scene))
        if name.leading and not found and day:
            found = [
                other
                for other in self._of_day(folder, day)
                if _contains(other, name.scene)
            ]
        if len(found) > 1 and (name.leading or day is None):
            return []
        return [(folder, n) for n in found]

    def _beginning(self, names: list[str], start: str) -> Iterator[str]:
        for separator in '-._':
            at = bisect_left(names, start + separator)
            while at < len(names) and names[at].startswith(start + separator):
                yield names[at]
                at += 1

    def _of_day(self, folder: str, day: str) -> list[str]:
        if self._by_date is None:
            self._by_date = defaultdict(list)
            for place, names in self._by_folder.items():
                for name in names:
                    self._by_date[place, find_date(name)].append(name)
        return self._by_date.get((folder, day), [])


def _contains(name: str, part: str) -> bool:
    """Whether a name has a part between separators or its ends."""
    return re.search(rf'(^|[-._]){re.escape(part)}($|[-._])', name) is not None
