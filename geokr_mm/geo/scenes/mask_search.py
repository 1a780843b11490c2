"""Which quality layer belongs to which scene."""

import glob
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray

from ...errors import InputError
from ..core.crs import transformer
from ..core.raster import RASTER_SUFFIXES, is_remote, open_raster
from .cloud_mask import CloudMask, MaskCodes, find_codes
from .dates import find_date
from .options import SceneOptions
from .patch import ground_corners
from .scene import Scene
from .windowed_read import Window

#: Layer that column ``mask`` of a table of scenes names.
OF_TABLE = 'mask'
_WORD = re.compile(r'[A-Za-z0-9]+')


def find_masks(scenes: Sequence[Scene], options: SceneOptions) -> list[Scene]:
    """The scenes, each with its quality layer where there are any.

    A layer is found by its name among those that lie beside the scene's
    bands or among the bands themselves, which then loses that band. Files
    belong to the scene that they overlap and have the date of; of several,
    to the one with most words of the name in common.

    The option ``mask`` is the name of a layer or band, or a file, folder or
    glob of files; the column of a table by default.

    Raises:
        InputError: A scene without such a layer or with several, or values
            of unknown meaning.
    """
    mask = options.mask
    if mask is None:
        if not any(OF_TABLE in dict(scene.layers) for scene in scenes):
            return list(scenes)
        mask = OF_TABLE
    named = any(mask.lower() in _names(scene) for scene in scenes)
    if not named and _is_path(mask):
        return _by_file(scenes, mask, options)
    return [_by_name(scene, mask, options) for scene in scenes]


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


def _codes(name: str, options: SceneOptions) -> MaskCodes:
    return find_codes(name, options.cloud_codes, options.shadow_codes)


def _by_name(scene: Scene, mask: str, options: SceneOptions) -> Scene:
    name = mask.lower()
    for layer, file in scene.layers:
        if layer.lower() == name:
            # The file's name sets kinds of one layer apart: Fmask of HLS.
            codes = _codes(f'{Path(file).name} {layer}', options)
            return replace(scene, mask=CloudMask(file, 1, codes))
    for place, band in enumerate(scene.bands):
        if band.lower() == name:
            source = scene.sources[place]
            others = [b for b in scene.bands if b != band]
            file = scene.files[source.file]
            cloud_mask = CloudMask(file, source.number, _codes(band, options))
            return replace(scene.select(others), mask=cloud_mask)
    raise InputError(
        f'{scene.files[0]}: no quality layer {mask!r} (layers: '
        f'{", ".join(n for n, _ in scene.layers) or "none"}; bands: '
        f'{", ".join(scene.bands)}); give --mask one of them, or a glob of '
        'files'
    )


def _by_file(
    scenes: Sequence[Scene], mask: str, options: SceneOptions
) -> list[Scene]:
    files = _files(mask)
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
        file = _closest(scene, dated or fitting, mask)
        codes = _codes(Path(file).name, options)
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
    by_shared: dict[int, list[str]] = defaultdict(list)
    for file in files:
        shared = words.intersection(_WORD.findall(Path(file).name))
        by_shared[len(shared)].append(file)
    best = by_shared[max(by_shared)]
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
