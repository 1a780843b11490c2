"""Finding the scenes that a layer beside them belongs to, by name."""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator

from ..scenes.dates import find_date
from .layouts import FileName, Role

# Behind the name of a scene: how it was processed.
_PROCESSED = re.compile(r'[-_.][A-Za-z]+$')

#: A folder and the name of a scene in it.
Key = tuple[str, str]


class SceneNames:
    """Names of scenes, searched by folder."""

    def __init__(self, scenes: Iterable[Key]) -> None:
        self._scenes = set(scenes)
        self._by_folder: dict[str, list[str]] = defaultdict(list)
        for folder, name in self._scenes:
            self._by_folder[folder].append(name)
        for names in self._by_folder.values():
            names.sort()
        self._by_date: dict[tuple[str, str | None], list[str]] | None = None

    def owners(self, folder: str, name: FileName) -> list[Key]:
        """Scenes that a layer belongs to.

        That of its own name, and the same processed otherwise (``_toa``);
        else those whose name begins like its own, if it is one or the common
        part is of one day; for names that begin with the layer's, the one of
        that day.
        """
        inside = self._by_folder.get(folder, [])
        if (folder, name.scene) in self._scenes:
            also = self._beginning(inside, name.scene) if name.scene else ()
            same = [n for n in also if _PROCESSED.match(n, len(name.scene))]
            return [(folder, n) for n in (name.scene, *same)]
        if not name.scene:
            # Without a name of its own it belongs to the one scene here.
            sure = len(inside) == 1 or name.role is Role.OTHER
            return [(folder, other) for other in inside if sure]
        if name.loose:
            return []
        day = find_date(name.scene)
        found = list(self._beginning(inside, name.scene))
        if name.leading and not found and day:
            found = [
                other
                for other in self._of_day(folder, day)
                if _contains(other, name.scene)
            ]
        if len(found) > 1 and (name.leading or day is None):
            return []
        return [(folder, n) for n in found]

    def _beginning(self, names: list[str], start: str) -> Iterator[str]:
        for separator in '-._':
            at = bisect_left(names, start + separator)
            while at < len(names) and names[at].startswith(start + separator):
                yield names[at]
                at += 1

    def _of_day(self, folder: str, day: str) -> list[str]:
        if self._by_date is None:
            self._by_date = defaultdict(list)
            for place, names in self._by_folder.items():
                for name in names:
                    self._by_date[place, find_date(name)].append(name)
        return self._by_date.get((folder, day), [])


def _contains(name: str, part: str) -> bool:
    """Whether a name has a part between separators or its ends."""
    return re.search(rf'(^|[-._]){re.escape(part)}($|[-._])', name) is not None
