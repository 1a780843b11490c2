"""What numbers of Sentinel-2 mean: scale and offset by processing baseline.

Since processing baseline 04.00 (25 January 2022, and all of Collection 1)
counts are 1000 higher: ``reflectance = (count + OFFSET) / QUANTIFICATION``
with an OFFSET of -1000, RADIO_ADD_OFFSET of L1C and BOA_ADD_OFFSET of L2A
(sentiwiki.copernicus.eu/web/s2-products). The product's metadata state both,
and the baseline in its name implies them. Date alone does not: old scenes
are processed anew.
"""

import logging
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from xml.etree import ElementTree

from ..core.raster import is_remote
from .scene import Scaling, Scene
from .sensors import SENTINEL2, SENTINEL2_NAME

logger = logging.getLogger('geokr_mm')

# Pixel types of counts; reflectance in other types is scaled already.
COUNT_TYPES = ('int16', 'uint16')
QUANTIFICATION, OFFSET, FIRST_BASELINE = 10000.0, -1000.0, 400
# Products that users process themselves are of baseline 99.99, whatever
# their offset.
_OWN_BASELINE = 9999
_BASELINE = re.compile(r'S2[A-D]_MSIL(?:1C|2A)_\d{8}T\d{6}_N(\d{4})_')
_OURS = re.compile(r'_MSIL(?:1C|2A)_|\.SAFE/|/IMG_DATA/')
# Of the product, in new and old form; how far above its images it lies.
_METADATA = ('MTD_MSIL1C.xml', 'MTD_MSIL2A.xml')
_OLD_METADATA = 'S2?_*MTD_SAFL??_*.xml'
_DEPTH = 4
_NO_BANDS = re.compile(r'(?i)^(SCL|AOT|WVP|CLD|SNW|QA60|MSK_\w+|CLM|CLP)$')


def scaling_of(path: str, bands: Sequence[str]) -> tuple[Scaling, ...]:
    """Scale and offset of each band of a Sentinel-2 file.

    Empty where the baseline is known neither by product nor by name.
    """
    if not _OURS.search(path) and not SENTINEL2_NAME.search(Path(path).name):
        return ()
    stated = None
    if not is_remote(path):
        stated = _of_product(str(Path(path).parent.absolute()))
    stated = stated or _of_baseline(path)
    if stated is None:
        return ()
    scale, offsets = stated
    return tuple(
        Scaling()
        if _NO_BANDS.match(band)
        else Scaling(scale, offsets.get(_padded(band), offsets['']))
        for band in bands
    )


def scene_scaling(scene: Scene) -> tuple[Scaling, ...]:
    """The same for a scene's own bands, which lie in several files."""
    found = [
        scaling_of(scene.files[source.file], [band])
        for source, band in zip(scene.sources, scene.bands, strict=True)
    ]
    return tuple(s for (s,) in found) if all(found) else ()


def _padded(band: str) -> str:
    """A band as the agency writes it: B04 for b4."""
    return re.sub(r'^B(\dA?)$', r'B0\1', band.upper()).replace('B08A', 'B8A')


def by_baseline(baseline: int) -> Scaling:
    """Scale and offset of a baseline, e.g. 400 for 04.00."""
    offset = OFFSET if baseline >= FIRST_BASELINE else 0.0
    return Scaling(1 / QUANTIFICATION, offset / QUANTIFICATION)


def _of_baseline(path: str) -> tuple[float, Mapping[str, float]] | None:
    found = _BASELINE.findall(path)
    if not found or int(found[-1]) == _OWN_BASELINE:
        return None
    scaling = by_baseline(int(found[-1]))
    return scaling.scale, {'': scaling.offset}


@lru_cache(maxsize=4096)
def _of_product(folder: str) -> tuple[float, Mapping[str, float]] | None:
    """Scale, and offset by band ('' for any other), as metadata state them."""
    for above in [Path(folder), *Path(folder).parents][: _DEPTH + 1]:
        files = [above / name for name in _METADATA]
        if above.name.endswith('.SAFE'):
            files += sorted(above.glob(_OLD_METADATA))
        file = next((f for f in files if f.is_file()), None)
        if file is not None:
            return _read(file)
    return None


def _read(file: Path) -> tuple[float, Mapping[str, float]] | None:
    try:
        scale: float | None = None
        offsets: dict[str, float] = {}
        for _, element in ElementTree.iterparse(file):
            tag = element.tag.rpartition('}')[2]
            if tag.endswith('QUANTIFICATION_VALUE') and not re.match(
                'AOT|WVP|L2A_AOT|L2A_WVP', tag
            ):
                scale = 1 / float(element.text or '')
            elif tag in ('RADIO_ADD_OFFSET', 'BOA_ADD_OFFSET'):
                band = SENTINEL2[int(element.attrib['band_id'])]
                offsets[band] = float(element.text or '')
    except (
        OSError,
        ElementTree.ParseError,
        ValueError,
        LookupError,
        ZeroDivisionError,
    ) as error:
        logger.warning(
            f'{file}: scale and offset not readable '
            f'({" ".join(str(error).split())}); taken from the name instead'
        )
        return None
    if scale is None:
        return None
    # The last, under no name, is that of bands with other names.
    offsets[''] = min(offsets.values(), default=0.0)
    return scale, {band: offset * scale for band, offset in offsets.items()}
