"""Scenes whose bands lie in several files."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from ..errors import InputError
from .footprint import parse_crs
from .scene import BandSource, Scaling, Scene, Window

# Corners closer than this many pixels lie on the same grid.
SAME_GRID = 1e-3


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
    """A scene in one or several files on one grid.

    Args:
        files (sequence of str): The files.
        bands (sequence): Names of the bands of each; where there are
            none, the file tells them.
        name (str): Name of the scene; else of the one file, or of the
            first one's folder.
        date (str): ISO date; else from the first file.
        gsd (float): Metres along a pixel, where somebody states it.
        scaling (sequence): Scale and offset of the bands of each file, where
            somebody states them; empty where the file tells them.
        layers (sequence): See :class:`.scene.Scene`.
        wanted (sequence of str): Bands that will be used; files without any
            of them are left out.
        resample (str): Name of a resampling that brings coarser files to the
            grid of the finest; without it other grids are refused.

    Raises:
        InputError: Unreadable files, files on different grids, or a
            wrong number of bands.
    """
    parts = [Scene.open(file, date=date) for file in files]
    first = parts[0]
    named: list[tuple[str, ...]] = []
    for part, names in zip(parts, bands, strict=True):
        file = part.files[0]
        told = tuple(names) or part.bands
        if len(part.bands) != len(told):
            raise InputError(
                f'{file}: {len(part.bands)} bands; a scene of several '
                'files needs one band in each, or a name for every band '
                f'(named: {", ".join(told)})'
            )
        if not _aligned(first, part):
            raise InputError(
                f'{file}: another grid or CRS than {files[0]}; bring '
                'the bands to one grid first, e.g. gdalwarp -tap -tr, or '
                'leave it out with --bands'
            )
        named.append(told)
    folder = Path(files[0]).parent.name
    return replace(
        first,
        name=name or (first.name if len(files) == 1 else folder),
        files=tuple(files),
        bands=tuple(b for names in named for b in names),
        sources=tuple(
            BandSource(i, n + 1)
            for i, names in enumerate(named)
            for n in range(len(names))
        ),
        dtype=str(np.result_type(*(p.dtype for p in parts))),
        stated_gsd=gsd,
    )


def _aligned(one: Scene, other: Scene) -> bool:
    """Whether two files share size, CRS and pixel grid."""
    if (one.width, one.height) != (other.width, other.height):
        return False
    if parse_crs(one.crs) != parse_crs(other.crs):
        return False
    whole = [Window(0, 0, one.width, one.height)]
    gap = np.abs(one.corners(whole) - other.corners(whole)).max()
    return bool(gap < SAME_GRID * abs(one.transform.determinant) ** 0.5)
