"""What an index left out, and why, for a reader."""

from geokr_mm.geo.index.statistics import Overview
from geokr_mm.geo.scenes.quarantine import quarantine_path

from .bars import counted
from .markup import Element, element
from .page import section, table

FILTER_TEXT = {
    'nodata': 'too many empty pixels',
    'dark': 'too many dark pixels',
    'low_contrast': 'hardly any contrast',
    'cloud': 'too many bright pixels, as of cloud',
    'sea': 'mostly open sea',
    'uncovered': 'the map knows too little of it',
}
REASON_TEXT = {
    'missing': 'no such file',
    'empty_file': 'file of 0 bytes',
    'web_page': 'a web page under the name of a scene',
    'not_a_raster': 'not a raster',
    'no_crs': 'no coordinate reference system',
    'no_geotransform': 'its place is not known',
    'damaged': 'pixels cannot be decoded',
    'checksum': 'other bytes than listed',
    'no_pixels': 'no pixel above 0',
}


def left_out(found: Overview, path: str) -> Element:
    """Tables of patches by filter and of scenes by reason.

    Args:
        found (Overview): The index in numbers.
        path (str): The index, whose quarantine table is named.
    """
    lost = found.rows - found.kept
    parts = []
    if found.rejected:
        parts.append(
            table(
                ['filter', 'patches', 'of all', 'why'],
                [
                    [name, counted(n), f'{100 * n / found.rows:.1f} %',
                     FILTER_TEXT.get(name, '')]
                    for name, n in found.rejected.items()
                ],
                'reasons',
            )
        )  # fmt: skip
    if found.left_out:
        parts += [
            element('h3', 'Could not be read', class_='group'),
            element(
                'p',
                f'Listed one by one in {quarantine_path(path).name}.',
                class_='note',
            ),
            table(
                ['reason', 'scenes and patches', 'meaning'],
                [
                    [name, counted(n), REASON_TEXT.get(name, '')]
                    for name, n in found.left_out.items()
                ],
                'reasons',
            ),
        ]
    else:
        parts.append(
            element('p', 'Every scene and patch could be read.', class_='note')
        )
    return section(
        'What was left out, and why',
        *parts,
        lead=f'{counted(lost)} of {counted(found.rows)} patches were rejected '
        'by a filter. They stay in the index with its name; a patch may be '
        'rejected by several.',
    )
