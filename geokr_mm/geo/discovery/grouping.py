"""Which files are one scene: bands by name, other layers set apart."""

import logging
import os
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ...errors import InputError
from ..core.addresses import file_name
from ..core.raster import is_subdataset
from ..scenes.scene_files import SceneFile
from ..scenes.sensors import band_order, named_as_wanted
from ..scenes.unopened import UnopenedScene
from .layouts import FileName, Key, Role, SceneNames, read_name

logger = logging.getLogger('geokr_mm')

# Folders within a scene: of bands of one resolution, of all bands, and of
# what else Sentinel-2 delivers with them.
_RESOLUTION = re.compile(r'R(\d\d)m')
_ASIDE = ('QI_DATA', 'AUX_DATA')
_IMAGES = 'IMG_DATA'


@dataclass
class _Scene:
    """Files of one name: images, and bands and layers by resolution."""

    images: list[str] = field(default_factory=list)
    bands: dict[str, dict[float, str]] = field(default_factory=dict)
    layers: dict[str, dict[float, str]] = field(default_factory=dict)
    loose: bool = False


def group_files(
    files: Sequence[str],
    wanted: Sequence[str] | None = None,
    finest: bool = False,
) -> list[UnopenedScene]:
    """Scenes of files as the sensors' agencies name them.

    Warns of what lies beside the bands and is none. Each band is taken at
    its finest resolution, or (``finest`` False) at the finest that all have.

    Raises:
        InputError: Two files of one band, or a scene without a wanted one.
    """
    scenes: dict[Key, _Scene] = defaultdict(_Scene)
    beside: list[tuple[str, str, FileName]] = []
    for file in files:
        folder, metres = _place(file)
        name = _part_of(file, wanted)
        if name is None:
            scenes[folder, _stem(file)].images.append(file)
        elif name.role is Role.BAND:
            scene = scenes[folder, name.scene]
            scene.loose |= name.loose and bool(name.scene)
            _add_band(scene, name, metres, file)
        else:
            beside.append((file, folder, name))
    alone = _attach(scenes, beside)
    coarser: Counter[float] = Counter()
    found = [
        made
        for (folder, name), scene in scenes.items()
        for made in _unopened(folder, name, scene, wanted, finest, coarser)
    ]
    for metres, count in sorted(coarser.items()):
        logger.warning(
            f'scenes with bands from the files of {metres:g} m, the finest '
            f'that have all of {", ".join(wanted or ())}: {count}; with '
            '--resample each band is taken from its finest'
        )
    return found + [_plain(file, ()) for file in alone]


def _part_of(file: str, wanted: Sequence[str] | None) -> FileName | None:
    """A file's name taken apart; a layer that is wanted is a band."""
    name = read_name(_stem(file))
    for code in () if name is None else (name.code, name.written):
        if wanted is not None and code in wanted:
            return name and name._replace(code=code, role=Role.BAND)
    folder = os.path.basename(os.path.dirname(file))
    if folder in _ASIDE and (name is None or name.role is not Role.QUALITY):
        code = folder if name is None else name.code
        return FileName('', code, code, Role.OTHER)
    return name


def _stem(file: str) -> str:
    """A file's name without folder, suffix and what a URL has behind it."""
    if is_subdataset(file):
        pieces = file.replace('"', '').split(':')[1:]
        return '_'.join(
            os.path.splitext(os.path.basename(piece))[0] for piece in pieces
        )
    return os.path.splitext(file_name(file))[0]


def _place(file: str) -> tuple[str, float | None]:
    """The folder of a file's scene, and the resolution of its own folder."""
    folder = os.path.dirname(file)
    inner = _RESOLUTION.fullmatch(os.path.basename(folder))
    if inner:
        folder = os.path.dirname(folder)
    if os.path.basename(folder) in (_IMAGES, *_ASIDE):
        folder = os.path.dirname(folder)
    return folder, float(inner[1]) if inner else None


def _add_band(
    scene: _Scene, name: FileName, metres: float | None, file: str
) -> None:
    """Add the file of a band; InputError for a second one."""
    sizes = scene.bands.setdefault(name.code, {})
    size = name.metres or metres or 0.0
    if size in sizes:
        raise InputError(
            f'{file}: second file of band {name.code!r} in scene '
            f'{name.scene!r} (the other: {sizes[size]}); leave one out, or '
            'distinguish them with --group-files'
        )
    sizes[size] = file


def _attach(
    scenes: dict[Key, _Scene], beside: Sequence[tuple[str, str, FileName]]
) -> list[str]:
    """Give layers to their scenes."""
    names = SceneNames(scenes)
    single = []
    layers: Counter[str] = Counter()
    others: Counter[str] = Counter()
    for file, folder, name in beside:
        owners = names.owners(folder, name)
        if not owners:
            single.append(file)
        elif name.role is Role.QUALITY:
            layers[name.code] += 1
            for key in owners:
                sizes = scenes[key].layers.setdefault(name.code, {})
                sizes.setdefault(name.metres or 0.0, file)
        else:
            others[re.sub(r'_B\d[\dA]$', '', name.code)] += 1
    if others:
        logger.warning(f'left out beside the bands: {counted(others)}')
    if layers:
        logger.warning(
            f'quality layers beside the bands, for --mask: {counted(layers)}'
        )
    return single


def counted(kinds: Counter[str]) -> str:
    """Kinds and how many there are of each, for messages."""
    return ', '.join(f'{n} {kind}' for kind, n in sorted(kinds.items()))


def _unopened(
    folder: str,
    name: str,
    scene: _Scene,
    wanted: Sequence[str] | None,
    finest: bool,
    coarser: Counter[float],
) -> Iterator[UnopenedScene]:
    layers = tuple(
        (code, sizes[min(sizes)])
        for code, sizes in sorted(scene.layers.items())
    )
    for image in scene.images:
        yield _plain(image, layers)
    if not scene.bands:
        return
    name = name or os.path.basename(os.path.abspath(folder))
    common = named_as_wanted(name, list(scene.bands), wanted)
    names = dict(zip(scene.bands, common, strict=True))
    lacking = set(wanted or ()) - set(names.values())
    if len(names) == 1 or (scene.loose and lacking):
        for band, sizes in scene.bands.items():
            part = SceneFile(sizes[min(sizes)], (band,), by_name=True)
            yield UnopenedScene((part,), _stem(part.path), layers=layers)
        return
    used = [b for b in names if wanted is None or names[b] in wanted]
    size = None if finest else _common_size([scene.bands[b] for b in used])
    if size is not None:
        coarser[size] += 1
    parts = []
    for band in sorted(scene.bands, key=band_order):
        sizes = scene.bands[band]
        file = sizes[size if size in sizes and band in used else min(sizes)]
        parts.append(SceneFile(file, (band,)))
    made = UnopenedScene(tuple(parts), name, layers=layers, loose=scene.loose)
    yield made.only(wanted)


def _plain(file: str, layers: tuple[tuple[str, str], ...]) -> UnopenedScene:
    name = _stem(file) if is_subdataset(file) else None
    return UnopenedScene((SceneFile(file),), name, layers=layers)


def _common_size(bands: Sequence[dict[float, str]]) -> float | None:
    """The finest size that all bands have, where their finest differ."""
    if len({min(sizes) for sizes in bands}) < 2:
        return None
    return min(set.intersection(*map(set, bands)), default=None)


def group_by_pattern(
    files: Sequence[str], pattern: str
) -> list[UnopenedScene]:
    """Scenes of files whose names a pattern takes apart.

    Raises:
        InputError: No such pattern, a file that it does not match, or two
            files of one band.
    """
    compiled = _compiled(pattern)
    groups: dict[tuple[str, str], dict[str, str]] = {}
    for file in files:
        folder, base = os.path.split(file)
        match = compiled.search(base)
        if match is None:
            raise InputError(
                f'{file}: does not match --group-files {pattern!r}; mend '
                'the pattern or leave the file out'
            )
        name = match['scene'] or os.path.basename(os.path.abspath(folder))
        bands = groups.setdefault((folder, name), {})
        if match['band'] in bands:
            raise InputError(
                f'{file}: second file of band {match["band"]!r} in scene '
                f'{name!r}; let the group `scene` of --group-files '
                'distinguish them'
            )
        bands[match['band']] = file
    return [
        UnopenedScene(
            tuple(
                SceneFile(bands[band], (band,))
                for band in sorted(bands, key=band_order)
            ),
            name,
        )
        for (_, name), bands in groups.items()
    ]


def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise InputError(
            f'--group-files {pattern!r}: not a regular expression ({error})'
        ) from None
    if {'scene', 'band'} - set(compiled.groupindex):
        raise InputError(
            f'--group-files {pattern!r}: needs the named groups '
            '(?P<scene>...) and (?P<band>...)'
        )
    return compiled
