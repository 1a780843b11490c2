"""What an index left out, and why."""

from geokr_mm.geo.index.statistics import Overview
from geokr_mm.geo.scenes.quarantine import quarantine_path

from .bars import counted
from .markup import Element, element
from .page import section, table

# Of each filter of geo/scenes/quality.py.
FILTER_TEXT = {
    'nodata': 'too many empty pixels',
    'dark': 'too many dark pixels',
    'low_contrast': 'hardly any contrast',
    'cloud': 'too much cloud, by a mask or by bright pixels',
    'shadow': 'too much shadow of clouds, by a mask',
    'sea': 'mostly open sea',
    'uncovered': 'the map covers too little of it',
}
# Of each reason of geo/core/raster.py.
REASON_TEXT = {
    'missing': 'no such file',
    'file_name': 'a file name that is not UTF-8 text',
    'empty_file': 'file of 0 bytes',
    'web_page': 'a web page under the name of a scene',
    'not_a_raster': 'not a raster',
    'no_crs': 'no coordinate reference system',
    'no_geotransform': 'no geotransform, so its place is unknown',
    'several_images': 'a container of several images',
    'complex_values': 'complex numbers',
    'palette': 'numbers of a colour table, not brightness',
    'damaged': 'pixels cannot be decoded',
    'checksum': 'other bytes than listed',
    'no_pixels': 'no pixel holds data',
    'no_label': 'an image without a label',
    'bad_label': 'a label that cannot be used',
    'other_layout': 'other bands or pixel type than the other images',
}


def left_out(found: Overview, path: str) -> Element:
    """Tables of patches by filter and of scenes by reason."""
    lost = found.rows - found.kept
    rejected = [
        [
            name,
            counted(n),
            f'{100 * n / found.rows:.1f} %',
            FILTER_TEXT.get(name, ''),
        ]
        for name, n in found.rejected.items()
    ]
    unread = [
        [name, counted(n), REASON_TEXT.get(name, '')]
        for name, n in found.left_out.items()
    ]
    parts = []
    if rejected:
        head = ['filter', 'patches', 'of all', 'why']
        parts.append(table(head, rejected, 'reasons'))
    if unread:
        listed = f'Listed one by one in {quarantine_path(path).name}.'
        head = ['reason', 'scenes and patches', 'meaning']
        parts += [
            element('h3', 'Could not be read', class_='group'),
            element('p', listed, class_='note'),
            table(head, unread, 'reasons'),
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
