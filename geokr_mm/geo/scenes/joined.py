"""Scenes whose bands lie in several files."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from ...errors import InputError
from ..core.crs import parse_crs
from .scene import BandSource, Scaling, Scene

# Corners closer than this many pixels lie on the same grid.
SAME_GRID = 1e-3
#: How files on other grids may be resampled.
RESAMPLING = ('nearest', 'bilinear', 'cubic', 'average')


def join_files(
    files: Sequence[str],
    bands: Sequence[Sequence[str]],
    name: str | None = None,
    date: str | None = None,
    gsd: float | None = None,
    scaling: Sequence[Sequence[Scaling]] = (),
    layers: Sequence[tuple[str, str]] = (),
    wanted: Sequence[str] | None = None,
    resample: str | None = None,
) -> Scene:
    """A scene in one or several files.

    Args:
        files (sequence of str): The files.
        bands (sequence): Names of the bands of each; where there are
            none, they come from the file.
        name (str): Name of the scene; else of the one file, or of the
            first one's folder.
        date (str): ISO date; else from the first file.
        gsd (float): Metres along a pixel, where somebody states it.
        scaling (sequence): Scale and offset of the bands of each file, where
            somebody states them; empty where they come from the file.
        layers (sequence): See :class:`.scene.Scene`.
        wanted (sequence of str): Bands that will be used; files with names
            of which none is wanted are not opened.
        resample (str): One of :data:`RESAMPLING`, which brings coarser files
            to the grid of the finest; without it other grids are refused.

    Raises:
        InputError: Unreadable files, files on different grids, or a
            wrong number of bands.
    """
    stated = list(scaling) or [()] * len(files)
    chosen = [
        n
        for n, names in enumerate(bands)
        if wanted is None or not names or set(names) & set(wanted)
    ] or list(range(len(files)))
    parts = []
    for n in chosen:
        part = _named(files[n], bands[n], date, wanted, len(files))
        parts.append(_scaled(part, stated[n]))
    first = parts[0]
    base = min(parts, key=_cell) if resample else first
    for part in parts:
        if not resample and not _aligned(first, part):
            raise InputError(
                f'{part.files[0]}: another grid or CRS than '
                f'{first.files[0]}; choose bands of one grid with --bands, '
                'resample to the finest with --resample, or bring the bands '
                'to one grid first'
            )
    same = all(_aligned(base, part) for part in parts)
    found = [
        s for p in parts for s in p.scaling or (Scaling(),) * len(p.bands)
    ]
    folder = Path(files[0]).parent.name
    return replace(
        base,
        name=name or (first.name if len(files) == 1 else folder),
        files=tuple(p.files[0] for p in parts),
        bands=tuple(b for p in parts for b in p.bands),
        sources=tuple(
            BandSource(i, source.number)
            for i, part in enumerate(parts)
            for source in part.sources
        ),
        date=first.date,
        dtype=str(np.result_type(*(p.dtype for p in parts))),
        stated_gsd=gsd,
        masked=any(p.masked for p in parts),
        scaling=tuple(found) if any(s != Scaling() for s in found) else (),
        layers=tuple(layers),
        alphas=tuple(p.alphas[0] if p.alphas else 0 for p in parts)
        if any(p.alphas for p in parts)
        else (),
        resampling='' if same or resample is None else resample,
    )


def _named(
    file: str,
    names: Sequence[str],
    date: str | None,
    wanted: Sequence[str] | None,
    count: int,
) -> Scene:
    """One file of a scene with the names that are given for its bands."""
    try:
        return Scene.open(file, tuple(names) or None, date, wanted)
    except InputError as error:
        if count == 1 or 'band names' not in str(error):
            raise
        raise InputError(
            f'{error}; a scene of several files needs one band in each, or a '
            'name for every band'
        ) from None


def _scaled(part: Scene, stated: Sequence[Scaling]) -> Scene:
    if not stated:
        return part
    if len(stated) == 1:
        stated = [*stated] * len(part.bands)
    if len(stated) != len(part.bands):
        raise InputError(
            f'{part.files[0]}: {len(part.bands)} bands, but {len(stated)} '
            'scales or offsets; give one for all bands or one for each'
        )
    return replace(part, scaling=tuple(stated))


def _cell(part: Scene) -> float:
    """Side of a pixel in ground metres, to find the finest file."""
    return round(replace(part, stated_gsd=None).gsd(), 3)


def _aligned(one: Scene, other: Scene) -> bool:
    """Whether two files share size, CRS and pixel grid."""
    if (one.width, one.height) != (other.width, other.height):
        return False
    if parse_crs(one.crs) != parse_crs(other.crs):
        return False
    gap = np.abs(one.corners([one.whole]) - other.corners([other.whole])).max()
    return bool(gap < SAME_GRID * abs(one.transform.determinant) ** 0.5)
