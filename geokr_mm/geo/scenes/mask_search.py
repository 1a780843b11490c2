"""Which quality layer belongs to which scene."""

import glob
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from ...errors import InputError
from ..core.crs import transformer
from ..core.raster import RASTER_SUFFIXES, is_remote, open_raster
from .cloud_mask import CloudMask
from .dates import find_date
from .mask_codes import find_codes
from .scene import Scene, ground_corners
from .windowed_read import Window

#: Layer that column ``mask`` of a table of scenes names.
OF_TABLE = 'mask'
_WORD = re.compile(r'[A-Za-z0-9]+')


class MaskChoice(NamedTuple):
    """How masks are named on a command line.

    Attributes:
        mask (str): Name of a layer or band of each scene, or a file, folder
            or glob of files.
        cloud, shadow (tuple[int, ...] | None): Values that mean it; else
            the name stands for them.
    """

    mask: str
    cloud: tuple[int, ...] | None = None
    shadow: tuple[int, ...] | None = None


def find_masks(scenes: Sequence[Scene], choice: MaskChoice) -> list[Scene]:
    """The scenes, each with its quality layer.

    A layer is found by its name among those that lie beside the scene's
    bands or among the bands themselves, which then loses that band. Files
    belong to the scene that they overlap and have the date of; of several,
    to the one with most words of the name in common.

    Args:
        scenes (sequence of Scene): Scenes with all their bands.
        choice (MaskChoice): Which layer.

    Raises:
        InputError: A scene without such a layer or with several, or values
            of unknown meaning.
    """
    name = choice.mask.lower()
    named = any(name in _names(scene) for scene in scenes)
    if not named and _is_path(choice.mask):
        return _by_file(scenes, choice)
    return [_by_name(scene, choice) for scene in scenes]


def _names(scene: Scene) -> set[str]:
    """Names of a scene's quality layers and bands, in lower case."""
    return {n.lower() for n in (*(n for n, _ in scene.layers), *scene.bands)}


def _is_path(text: str) -> bool:
    return (
        is_remote(text)
        or bool(re.search(r'[*?\[/\\]', text))
        or text.lower().endswith(RASTER_SUFFIXES)
        or Path(text).exists()
    )


def _by_name(scene: Scene, choice: MaskChoice) -> Scene:
    name = choice.mask.lower()
    for layer, file in scene.layers:
        if layer.lower() == name:
            # The file's name tells kinds of one layer apart: Fmask of HLS.
            codes = find_codes(
                f'{Path(file).name} {layer}', choice.cloud, choice.shadow
            )
            return replace(scene, mask=CloudMask(file, 1, codes))
    for place, band in enumerate(scene.bands):
        if band.lower() == name:
            source = scene.sources[place]
            codes = find_codes(band, choice.cloud, choice.shadow)
            others = [b for b in scene.bands if b != band]
            mask = CloudMask(scene.files[source.file], source.number, codes)
            return replace(scene.select(others), mask=mask)
    raise InputError(
        f'{scene.files[0]}: no quality layer {choice.mask!r} (layers: '
        f'{", ".join(n for n, _ in scene.layers) or "none"}; bands: '
        f'{", ".join(scene.bands)}); give --mask one of them, or a glob of '
        'files'
    )


def _by_file(scenes: Sequence[Scene], choice: MaskChoice) -> list[Scene]:
    files = _files(choice.mask)
    tree = shapely.STRtree(shapely.box(*np.array([_box(f) for f in files]).T))
    found = []
    for scene in scenes:
        corners = ground_corners(scene.transform, [scene.whole])[0]
        near = tree.query(shapely.box(*_lonlat_box(corners, scene.crs)))
        fitting = [
            files[n]
            for n in sorted(near)
            if files[n] not in scene.files
            and find_date(Path(files[n]).name) in (None, scene.date)
        ]
        dated = [f for f in fitting if find_date(Path(f).name) is not None]
        file = _closest(scene, dated or fitting, choice.mask)
        codes = find_codes(Path(file).name, choice.cloud, choice.shadow)
        found.append(replace(scene, mask=CloudMask(file, 1, codes)))
    return found


def _files(mask: str) -> list[str]:
    if is_remote(mask):
        return [mask]
    if Path(mask).is_dir():
        found = sorted(
            str(p)
            for p in Path(mask).iterdir()
            if p.suffix.lower() in RASTER_SUFFIXES
        )
    else:
        found = sorted(glob.glob(mask, recursive=True))
    if not found:
        raise InputError(f'--mask {mask}: no such file; check the pattern')
    return found


def _closest(scene: Scene, files: Sequence[str], mask: str) -> str:
    """The file whose name has most words in common with the scene's."""
    if not files:
        raise InputError(
            f'{scene.files[0]}: no file of --mask {mask} overlaps it and has '
            f"its date ({scene.date}); name each scene's mask in column "
            'mask of a .csv table'
        )
    words = set(_WORD.findall(f'{scene.name} {Path(scene.files[0]).name}'))
    shared = [
        len(words & set(_WORD.findall(Path(file).name))) for file in files
    ]
    best = [
        file
        for file, count in zip(files, shared, strict=True)
        if count == max(shared)
    ]
    if len(best) > 1:
        raise InputError(
            f'{scene.files[0]}: several files of --mask {mask} fit '
            f"({', '.join(best[:3])}); name each scene's mask in column "
            'mask of a .csv table'
        )
    return best[0]


def _box(file: str) -> tuple[float, float, float, float]:
    with open_raster(file) as source:
        window = Window(0, 0, source.width, source.height)
        corners = ground_corners(source.transform, [window])[0]
        return _lonlat_box(corners, source.crs.to_wkt())


def _lonlat_box(
    corners: NDArray[np.float64], crs: str
) -> tuple[float, float, float, float]:
    """West, south, east, north of corners; enough to find what overlaps."""
    move = transformer(crs, 'EPSG:4326')
    lon, lat = move.transform(corners[:, 0], corners[:, 1])
    lon = (np.asarray(lon) + 180.0) % 360.0 - 180.0
    if lon.max() - lon.min() > 180.0:
        return -180.0, float(min(lat)), 180.0, float(max(lat))
    return float(lon.min()), float(min(lat)), float(lon.max()), float(max(lat))
