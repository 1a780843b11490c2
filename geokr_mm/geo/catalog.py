"""Finding scenes: files, folders, globs, lists; bands by file."""

import glob
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from ..errors import InputError
from .joined import join_files
from .listed import Listed
from .listing import listed
from .naming import GROUP
from .quarantine import entry
from .raster import RASTER_SUFFIXES, UnusableFileError, is_remote
from .scene import Scene
from .texts import beside, read_text


@dataclass(frozen=True)
class Found:
    """What lies behind paths.

    Attributes:
        files (list[str]): Images of which nothing more is said.
        told (list[Listed]): Scenes of tables and catalogues.
    """

    files: list[str]
    told: list[Listed]

    def every_file(self) -> list[str]:
        """Files of both, each once."""
        told = [file for scene in self.told for file in scene.files]
        return list(dict.fromkeys([*self.files, *told]))


def find_scenes(
    paths: Iterable[str | Path], wanted: Sequence[str] | None = None
) -> Found:
    """Images and listed scenes behind paths.

    Args:
        paths (iterable): Files, folders (searched below), globs, ``.txt``
            lists of one path a line, ``.csv`` tables (:mod:`.listing`), STAC
            in ``.json`` files (:mod:`.stac`), URLs.
        wanted (sequence of str): Bands that will be used: of scenes in
            tables and catalogues only their files are taken.

    Raises:
        InputError: A path that matches nothing, a folder without images.
    """
    found: list[str] = []
    told: list[Listed] = []
    for path in map(str, paths):
        scenes = listed(path)
        if scenes is not None:
            told += [scene.only(wanted) for scene in scenes]
        elif path.endswith('.txt'):
            found.extend(_from_list(path))
        elif is_remote(path):
            found.append(path)
        elif Path(path).is_dir():
            inside = [
                str(p)
                for p in Path(path).rglob('*')
                if p.suffix.lower() in RASTER_SUFFIXES
            ]
            if not inside:
                raise InputError(
                    f'{path}: no images ({", ".join(RASTER_SUFFIXES)}) in '
                    'this folder; give the folder that holds the scenes'
                )
            found.extend(sorted(inside))
        elif Path(path).exists():
            found.append(path)
        else:
            matches = sorted(glob.glob(path, recursive=True))
            if not matches:
                raise InputError(
                    f'{path}: no such scene; check the path or pattern'
                )
            found.extend(matches)
    return Found(list(dict.fromkeys(found)), told)


def list_scene_files(paths: Iterable[str | Path]) -> list[str]:
    """Image files behind paths, each once; see :func:`find_scenes`."""
    return find_scenes(paths).every_file()


def _from_list(path: str) -> list[str]:
    lines = read_text(path, 'list of scenes').splitlines()
    return [
        beside(path, line)
        for line in map(str.strip, lines)
        if line and not line.startswith('#')
    ]


def open_scenes(
    paths: Iterable[str | Path] | Found,
    group: str | None = None,
    names: Sequence[str] | None = None,
    date: str | None = None,
    bad: list[dict[str, str]] | None = None,
    wanted: Sequence[str] | None = None,
) -> list[Scene]:
    """Open all scenes behind paths.

    Args:
        paths (iterable or Found): See :func:`find_scenes`, or what it found.
        group (str): Regular expression with the named groups ``scene`` and
            ``band`` that a file's name is searched with: files of one scene
            become its bands. By default names that end in a band number
            (``_b4``, ``_B8A``) are grouped where several share a scene.
        names (sequence of str): Band names of multi-band files, where no
            list names them.
        date (str): ISO date of all scenes of which nothing states one.
        bad (list): Files that cannot be used are added here as entries of
            :mod:`.quarantine`; None makes the first of them an error.
        wanted (sequence of str): See :func:`find_scenes`.

    Raises:
        InputError: From reading, or a pattern without both groups.
    """
    found = paths if isinstance(paths, Found) else find_scenes(paths, wanted)
    files, told = found.files, found.told
    pattern = _pattern(group)
    groups: dict[tuple[str, str], dict[str, str]] = {}
    single: list[str] = []
    for file in files:
        match = pattern.search(Path(file).name)
        if match is None:
            if group is not None:
                raise InputError(
                    f'{file}: does not match --group-files {group!r}; mend '
                    'the pattern or leave the file out'
                )
            single.append(file)
            continue
        name = match['scene'] or Path(file).parent.name
        bands = groups.setdefault((str(Path(file).parent), name), {})
        if match['band'] in bands:
            raise InputError(
                f'{file}: second file of band {match["band"]!r} in scene '
                f'{name!r}; let the group `scene` of --group-files tell '
                'them apart'
            )
        bands[match['band']] = file
    openers: list[Callable[[], Scene]] = [
        replace(
            scene,
            date=scene.date or date,
            bands=tuple(b or tuple(names or ()) for b in scene.bands),
        ).open
        for scene in told
    ]
    for (_, name), bands in groups.items():
        if len(bands) == 1 and group is None:
            single.extend(bands.values())
            continue
        order = sorted(bands, key=_band_key)
        inside = [bands[b] for b in order]
        openers.append(
            partial(join_files, inside, [(b,) for b in order], name, date)
        )
    openers += [partial(Scene.open, file, names, date) for file in single]
    scenes = []
    for opener in openers:
        try:
            scenes.append(opener())
        except UnusableFileError as error:
            if bad is None:
                raise
            bad.append(entry(error))
    return _unique(sorted(scenes, key=lambda s: s.files))


def _pattern(group: str | None) -> re.Pattern[str]:
    try:
        pattern = re.compile(group or GROUP)
    except re.error as error:
        raise InputError(
            f'--group-files {group!r}: not a regular expression ({error})'
        ) from None
    if {'scene', 'band'} - set(pattern.groupindex):
        raise InputError(
            f'--group-files {group!r}: needs the named groups (?P<scene>...) '
            'and (?P<band>...)'
        )
    return pattern


def _band_key(band: str) -> tuple[int, str]:
    """Band numbers in number order (B8A after B08), other names by name."""
    digits = re.search(r'\d+', band)
    return (int(digits.group()) if digits else 0, band)


def _unique(scenes: Sequence[Scene]) -> list[Scene]:
    """Names told apart by their folder where two scenes share one."""
    counts: dict[str, int] = {}
    for scene in scenes:
        counts[scene.name] = counts.get(scene.name, 0) + 1
    named = []
    for scene in scenes:
        if counts[scene.name] > 1:
            folder = Path(scene.files[0]).parent.name
            scene = replace(scene, name=f'{folder}-{scene.name}')
        named.append(scene)
    if len({s.name for s in named}) < len(named):
        again = [s.name for s in named]
        twice = next(n for n in again if again.count(n) > 1)
        raise InputError(
            f'two scenes are named {twice!r}; rename one or index them apart'
        )
    return named
