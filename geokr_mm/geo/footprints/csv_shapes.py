"""Columns of text as geometries."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from ..geometry.polygons import read_shapes

SRID = r'(?i)^\s*SRID\s*=\s*(?P<srid>\d+)\s*;'
HEXADECIMAL = r'^\s*0[01][0-9A-Fa-f]{8,}\s*$'
#: What programs write where there is nothing.
NOTHING = ('', 'null', 'none', 'nan', r'\n')


def find_srid(text: str) -> int | None:
    """SRID that a geometry as EWKT or hexadecimal EWKB tells."""
    stated = re.match(SRID, text)
    if stated:
        return int(stated['srid']) or None
    if re.match(HEXADECIMAL, text):
        shape = shapely.from_wkb(text.strip(), on_invalid='ignore')
        return int(shapely.get_srid(shape)) or None if shape else None
    return None


def text_shapes(
    column: Any,
) -> tuple[NDArray[Any], dict[int, str], set[int]]:
    """Geometries from WKT, EWKT or hexadecimal WKB.

    Args:
        column (pyarrow.ChunkedArray): Strings.

    Returns:
        tuple: Object array (N,), None where there is none; what is wrong
        with those that cannot be read, by number; and all SRIDs they tell.
    """
    import pyarrow.compute as pc

    bare = pc.utf8_trim_whitespace(
        pc.replace_substring_regex(column, pattern=SRID, replacement='')
    )
    stated = pc.struct_field(pc.extract_regex(column, pattern=SRID), 'srid')
    srids = {int(text) for text in pc.unique(stated).drop_null().to_pylist()}
    texts = bare.to_numpy(zero_copy_only=False).astype(object)
    nothing = pc.is_in(pc.utf8_lower(bare), value_set=_strings(NOTHING))
    texts[nothing.to_numpy()] = None
    coded = pc.match_substring_regex(bare, HEXADECIMAL).fill_null(False)
    codes = np.flatnonzero(coded.to_numpy())
    if not len(codes):
        return *read_shapes(shapely.from_wkt, texts), srids
    shapes = np.full(len(texts), None, object)
    faults: dict[int, str] = {}
    words = np.setdiff1d(np.arange(len(texts)), codes)
    for which, read in ((codes, shapely.from_wkb), (words, shapely.from_wkt)):
        shapes[which], wrong = read_shapes(read, texts[which])
        faults |= {int(which[n]): fault for n, fault in wrong.items()}
    srids |= set(shapely.get_srid(shapes[codes]).tolist())
    return shapes, faults, srids


def box_shapes(
    sides: Sequence[Any], names: Sequence[str], separator: str
) -> tuple[NDArray[Any], dict[int, str]]:
    """Upright boxes from text.

    Args:
        sides (sequence of pyarrow.ChunkedArray): Left, bottom, right and top
            as strings.
        names (sequence of str): Names of these columns.
        separator (str): Between the values of a row; a comma in a number is
            a decimal one where this is another.

    Returns:
        tuple: Object array (N,), None where there is none; and what is wrong
        with these, by number.
    """
    point = ',' if separator == ',' else '.'
    texts = [
        [(text or '').strip().replace(',', point) for text in side.to_pylist()]
        for side in sides
    ]
    values = np.array([[_number(text) for text in side] for side in texts])
    left, bottom, right, top = values
    good = np.isfinite(values).all(axis=0) & (left < right) & (bottom < top)
    shapes = np.full(len(left), None, object)
    shapes[good] = shapely.box(*values[:, good])
    faults = {}
    for n in np.flatnonzero(~good).tolist():
        row = dict(zip(names, (side[n] for side in texts), strict=True))
        faults[n] = _box_fault(row, values[:, n])
    return shapes, faults


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return np.nan


def _box_fault(row: dict[str, str], values: NDArray[np.float64]) -> str:
    """What is wrong with a box."""
    for (name, text), value in zip(row.items(), values, strict=True):
        if text == '':
            return f'has no {name}'
        if not np.isfinite(value):
            return f'has {name} {text[:40]!r}, which is no number'
    names = list(row)
    axis = 0 if values[0] >= values[2] else 1
    low, high = names[axis], names[axis + 2]
    return f'has {low} {row[low]}, not below {high} {row[high]}'


def _strings(words: Sequence[str]) -> Any:
    import pyarrow as pa

    return pa.array(words, pa.string())
