"""Scenes behind paths: found, grouped by name, opened."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..core.executor import Executor
from ..scenes.scene import Scene
from .file_pattern import group_by_pattern
from .grouping import group_files
from .mixed import warn_of_mixed_numbers
from .opening import open_all
from .repeated import file_identity, once
from .scene_list import is_list, listed
from .search import paths_behind
from .unique import tell_apart
from .unopened import Listed


@dataclass(frozen=True)
class Found:
    """What lies behind paths.

    Attributes:
        files (list[str]): Images of which nothing more is said.
        listed (list[Listed]): Scenes of tables and catalogues.
    """

    files: list[str]
    listed: list[Listed]

    def every_file(self) -> list[str]:
        """Files of both, each once."""
        inside = [file for scene in self.listed for file in scene.files]
        return list(dict.fromkeys([*self.files, *inside]))


def find_scenes(
    paths: Iterable[str | Path], wanted: Sequence[str] | None = None
) -> Found:
    """Images and listed scenes behind paths, each image once.

    Args:
        paths (iterable): Files, folders (searched below), globs, ``.txt``
            lists of one path a line, ``.csv`` tables (:mod:`.listing`), STAC
            in ``.json`` files (:mod:`.stac`), URLs.
        wanted (sequence of str): Bands that will be used: of scenes in
            tables and catalogues only their files are taken.

    Raises:
        InputError: A path that matches nothing, a folder without images.
    """
    files: dict[str, str] = {}
    scenes: list[Listed] = []
    for path in paths_behind(map(str, paths)):
        if is_list(path):
            scenes += listed(path, wanted)
        else:
            files.setdefault(file_identity(path), path)
    # What a list says more about is taken from there.
    for scene in scenes:
        for file in scene.files:
            files.pop(file_identity(file), None)
    return Found(list(files.values()), scenes)


def list_scene_files(paths: Iterable[str | Path]) -> list[str]:
    """Image files behind paths, each once; see :func:`find_scenes`."""
    return find_scenes(paths).every_file()


def open_scenes(
    paths: Iterable[str | Path] | Found,
    group: str | None = None,
    names: Sequence[str] | None = None,
    date: str | None = None,
    bad: list[dict[str, str]] | None = None,
    wanted: Sequence[str] | None = None,
    resample: str | None = None,
    executor: Executor | None = None,
) -> list[Scene]:
    """Open all scenes behind paths, each once.

    Args:
        paths (iterable or Found): See :func:`find_scenes`, or what it found.
        group (str): Regular expression with the named groups ``scene`` and
            ``band`` that a file's name is searched with: files of one scene
            become its bands. By default files are grouped as the sensors'
            agencies name them, see :mod:`.layouts`.
        names (sequence of str): Band names of multi-band files, where no
            list names them.
        date (str): ISO date of all scenes of which no list states one.
        bad (list): Files that cannot be used are added here as entries of
            :mod:`.quarantine`; None makes the first of them an error.
        wanted (sequence of str): Bands that will be used; files of other
            bands are not opened.
        resample (str): See :func:`.joined.join_files`.
        executor (Executor): Who opens the files; this process by default.

    Raises:
        InputError: From reading, or a pattern without both groups.
    """
    found = paths if isinstance(paths, Found) else find_scenes(paths, wanted)
    if group is not None:
        grouped = group_by_pattern(found.files, group)
        grouped = [scene.only(wanted) for scene in grouped]
    else:
        grouped = group_files(found.files, wanted, resample is not None)
    listed_scenes = [replace(s, date=s.date or date) for s in found.listed]
    grouped = [replace(scene, date=date) for scene in grouped]
    opened = open_all(
        [*once(listed_scenes, by_name=True), *once(grouped)],
        names,
        wanted,
        resample,
        bad,
        executor or Executor(),
    )
    warn_of_mixed_numbers(opened)
    return tell_apart(sorted(opened, key=lambda s: s.files))
