"""Scenes whose bands lie in several files."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import InputError
from ..core.crs import parse_crs
from .options import DEFAULTS, SceneOptions
from .place import Place
from .scene import BandSource, Scaling, Scene

# Corners closer than this many pixels lie on the same grid.
SAME_GRID = 1e-3


@dataclass(frozen=True)
class SceneFile:
    """One file of a scene that is not open yet.

    Attributes:
        bands (tuple[str, ...]): Names of its bands; empty where they come
            from the file.
        by_name (bool): Only the file's name or the asset's key names the
            band: a file of several bands names them itself.
        gsd (float | None): Metres along a pixel, as stated.
        scaling (tuple[Scaling, ...]): As stated, of each band or one for all;
            empty where they come from the file.
        place (Place | None): Where it lies, of a file without georeference.
    """

    path: str
    bands: tuple[str, ...] = ()
    by_name: bool = False
    gsd: float | None = None
    scaling: tuple[Scaling, ...] = ()
    place: Place | None = None


def finite_number(stated: Any) -> float | None:
    """A finite number; None for anything else."""
    try:
        value = float(stated)
    except (TypeError, ValueError):
        return None
    return value if math.isfinite(value) else None


def stated_metres(stated: Any, where: str) -> float | None:
    """Metres along a pixel, as a list or catalogue states them."""
    if stated is None:
        return None
    metres = finite_number(stated)
    if metres is None or metres <= 0:
        raise InputError(f'{where}: gsd {stated!r} is no number of metres')
    return metres


def stated_factor(name: str, stated: Any, where: str) -> float:
    """A scale, which is not 0, or an offset."""
    number = finite_number(stated)
    if number is None or (name == 'scale' and number == 0):
        raise InputError(f'{where}: {name} {stated!r} is no number')
    return number


def join_files(
    files: Sequence[SceneFile],
    name: str | None = None,
    date: str | None = None,
    layers: Sequence[tuple[str, str]] = (),
    options: SceneOptions = DEFAULTS,
) -> Scene:
    """A scene in one or several files.

    The scene is called like the one file, or like the folder of several.
    Files with names of which none is wanted are not opened. ``resample``
    brings coarser files to the grid of the finest; without it other grids
    are refused.

    Raises:
        InputError: Unreadable files, files on different grids, a wrong
            number of bands, or one that several files have.
    """
    wanted, resample = set(options.bands or ()), options.resample
    chosen = [
        file
        for file in files
        if not file.bands or file.by_name or wanted & set(file.bands)
    ]
    parts = [
        _opened(file, date, options, len(files))
        for file in (chosen if wanted and chosen else files)
    ]
    # What goes by its key may hold other bands.
    parts = [part for part in parts if wanted & set(part.bands)] or parts
    have = [band for part in parts for band in part.bands]
    if len(set(have)) < len(have):
        twice = next(b for i, b in enumerate(have) if b in have[:i])
        raise InputError(
            f'{files[0].path}: scene {name!r} has band {twice!r} in several '
            'files; list those to use in a .csv'
        )
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
    scaling = [
        s for p in parts for s in p.scaling or (Scaling(),) * len(p.bands)
    ]
    alphas = tuple(p.alphas[0] if p.alphas else 0 for p in parts)
    folder = Path(files[0].path).parent.name
    stated = [file.gsd for file in files if file.gsd is not None]
    return replace(
        base,
        name=name or (first.name if len(files) == 1 else folder),
        files=tuple(p.files[0] for p in parts),
        bands=tuple(have),
        sources=tuple(
            BandSource(i, source.number)
            for i, part in enumerate(parts)
            for source in part.sources
        ),
        date=first.date,
        dtype=str(np.result_type(*(p.dtype for p in parts))),
        stated_gsd=min(stated, default=None),
        masked=any(p.masked for p in parts),
        scaling=tuple(scaling) if any(s != Scaling() for s in scaling) else (),
        layers=tuple(layers),
        alphas=alphas if any(alphas) else (),
        resampling=base.resampling if same or resample is None else resample,
    )


def _opened(
    file: SceneFile, date: str | None, options: SceneOptions, count: int
) -> Scene:
    """One of ``count`` files, with the names and scaling that are stated."""
    own, wanted = options.band_names or None, options.bands
    names = None if file.by_name else file.bands or own
    try:
        part = Scene.open(file.path, names, date, wanted, file.place)
        if file.by_name and len(part.bands) == 1:
            part = replace(part, bands=file.bands)
        elif file.by_name and own:
            part = Scene.open(file.path, own, date, wanted, file.place)
    except InputError as error:
        if count == 1 or 'band names' not in str(error):
            raise
        raise InputError(
            f'{error}; a scene of several files needs one band in each, or a '
            'name for every band'
        ) from None
    stated = file.scaling
    if not stated:
        return part
    if len(stated) == 1:
        stated = stated * len(part.bands)
    if len(stated) != len(part.bands):
        raise InputError(
            f'{part.files[0]}: {len(part.bands)} bands, but {len(stated)} '
            'scales or offsets; give one for all bands or one for each'
        )
    return replace(part, scaling=stated)


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
