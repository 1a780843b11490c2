"""Lists of scenes: of paths, tables and catalogues."""

import csv
import io
from collections.abc import Iterator, Sequence

from ...errors import InputError
from ..core.remote_text import beside, read_text
from ..scenes.dates import is_date
from ..scenes.place import Place
from ..scenes.scene import Scaling
from ..scenes.scene_files import SceneFile, stated_factor, stated_metres
from ..scenes.unopened import UnopenedScene
from .stac import read_catalogue

COLUMNS = (
    'path', 'scene', 'bands', 'date', 'gsd', 'scale', 'offset', 'mask',
    'lon', 'lat', 'width_m',
)  # fmt: skip
_TABLES = ('.csv',)
_CATALOGUES = ('.json', '.geojson')
_QUOTES = '"\''


def is_path_list(path: str) -> bool:
    """Whether a path is that of a list of paths."""
    return _ending(path).endswith('.txt')


def is_list(path: str) -> bool:
    """Whether a path is that of a table or catalogue of scenes."""
    return _ending(path).endswith((*_TABLES, *_CATALOGUES))


def read_scene_list(
    path: str, wanted: Sequence[str] | None = None
) -> Iterator[UnopenedScene]:
    """Scenes of a table or catalogue; see :func:`is_list`."""
    if _ending(path).endswith(_TABLES):
        scenes = iter(read_table(path))
    else:
        scenes = read_catalogue(path, wanted)
    return (scene.only(wanted) for scene in scenes)


def _ending(path: str) -> str:
    return path.lower().split('?')[0]


def read_paths(path: str) -> list[str]:
    """Paths of a list: one a line, quoted or not, ``#`` for comments.

    Raises:
        InputError: No such file, or no path in it.
    """
    lines = read_text(path, 'list of scenes').splitlines()
    paths = [
        beside(path, line)
        for line in map(_unquoted, lines)
        if line and not line.startswith('#')
    ]
    if not paths:
        raise InputError(
            f'{path}: lists no scene; write one path a line into it'
        )
    return paths


def _unquoted(line: str) -> str:
    """A line without the quotes that Explorer puts around paths."""
    line = line.strip()
    if len(line) > 1 and line[0] == line[-1] and line[0] in _QUOTES:
        return line[1:-1].strip()
    return line


def read_table(path: str) -> list[UnopenedScene]:
    """Scenes of a CSV table.

    Column ``path`` is needed; ``scene`` (rows of one name are one scene),
    ``bands`` (names of the file's bands, spaces between), ``date`` (ISO),
    ``gsd`` (metres), ``scale`` and ``offset`` (of the file, or of each band
    with spaces between) and ``mask`` (the scene's quality layer, a file) may
    follow; of images without georeference ``lon``, ``lat`` and ``width_m``,
    see :class:`.place.Place`. Relative paths start at the table's folder.

    Raises:
        InputError: No such file, no column ``path``, or a value that is no
            date, number or place.
    """
    rows = _rows(path)
    groups: dict[str, list[dict[str, str]]] = {}
    for line, row in rows:
        if not row['path']:
            raise InputError(f'{path}: line {line} has no path')
        groups.setdefault(row.get('scene') or f'\0{line}', []).append(row)
    if not groups:
        raise InputError(f'{path}: lists no scene')
    return [_grouped(path, name, rows) for name, rows in groups.items()]


def _rows(path: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Number of its line and cells by column, of each row."""
    text = read_text(path, 'table of scenes')
    lines = csv.reader(io.StringIO(text), strict=True)
    try:
        names = [name.strip() for name in next(lines, [])]
        if 'path' not in names or set(names) - set(COLUMNS):
            raise InputError(
                f'{path}: columns {", ".join(names)}; a table of scenes has '
                f'path, and may have {", ".join(COLUMNS[1:])}, with commas '
                'between'
            )
        if len(set(names)) < len(names):
            raise InputError(
                f'{path}: columns {", ".join(names)}; each may be there once'
            )
        for cells in lines:
            if not any(map(str.strip, cells)):
                continue
            if len(cells) > len(names):
                raise InputError(
                    f'{path}: line {lines.line_num} has {len(cells)} cells '
                    f'for {len(names)} columns; quote a path with commas'
                )
            row = dict.fromkeys(names, '')
            row.update(zip(names, map(str.strip, cells), strict=False))
            yield lines.line_num, row
    except csv.Error as error:
        raise InputError(
            f'{path}: line {lines.line_num} is no CSV ({error})'
        ) from None


def _grouped(
    path: str, name: str, rows: Sequence[dict[str, str]]
) -> UnopenedScene:
    def one(column: str) -> str | None:
        values = {r.get(column) or '' for r in rows} - {''}
        if len(values) > 1:
            raise InputError(
                f'{path}: scene {name!r} has several values of {column}: '
                f'{", ".join(sorted(values))}'
            )
        return values.pop() if values else None

    bands = [tuple((row.get('bands') or '').split()) for row in rows]
    if len(rows) > 1 and not all(bands):
        raise InputError(
            f'{path}: scene {name!r} lies in {len(rows)} files; name the '
            'bands of each in column bands'
        )
    named = [band for names in bands for band in names]
    if len(set(named)) < len(named):
        twice = next(b for b in named if named.count(b) > 1)
        raise InputError(f'{path}: scene {name!r} has band {twice!r} twice')
    date, mask = one('date'), one('mask')
    metres = stated_metres(one('gsd'), path)
    if date is not None and not is_date(date):
        raise InputError(f'{path}: date {date!r} is not YYYY-MM-DD')
    return UnopenedScene(
        tuple(
            SceneFile(
                beside(path, row['path']),
                names,
                gsd=metres,
                place=Place.read(row, f'{path}: {row["path"]}'),
                scaling=_scaling(path, row, len(names)),
            )
            for row, names in zip(rows, bands, strict=True)
        ),
        None if name.startswith('\0') else name,
        date,
        () if mask is None else (('mask', beside(path, mask)),),
    )


def _scaling(
    path: str, row: dict[str, str], bands: int
) -> tuple[Scaling, ...]:
    """Scale and offset as a row states them; empty where it does not."""
    scales, offsets = (
        [stated_factor(name, word, path) for word in row.get(name, '').split()]
        for name in ('scale', 'offset')
    )
    count = max(len(scales), len(offsets))
    if count > 1 and bands and count != bands:
        raise InputError(
            f'{path}: {row["path"]} has {count} scales or offsets for '
            f'{bands} bands; give one, or one for each band'
        )
    for values, default in ((scales, 1.0), (offsets, 0.0)):
        if len(values) not in (0, 1, count):
            raise InputError(
                f'{path}: {row["path"]} has {len(scales)} scales and '
                f'{len(offsets)} offsets; give one, or one for each band'
            )
        values[:] = (values or [default]) * (count // max(len(values), 1))
    return tuple(map(Scaling, scales, offsets))
