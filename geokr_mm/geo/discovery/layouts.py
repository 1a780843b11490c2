"""How agencies name the files of one scene: bands, quality layers, others.

Sentinel-2 ``T33TWN_20200710T100031_B02_10m.jp2``, Landsat ``..._SR_B4.TIF``
and ``..._QA_PIXEL.TIF``, HLS ``....v2.0.B04.tif``, BigEarthNet
``..._B02.tif``, Planet ``..._udm2.tif``, and folders of ``red.tif`` and
``green.tif``.
"""

import re
from enum import Enum
from typing import NamedTuple


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
