"""What a list says about scenes beyond the paths of their files."""

import csv
import io
from collections.abc import Iterator, Sequence

from ..errors import InputError
from .listed import Listed
from .naming import find_date
from .stac import read_catalogue
from .texts import beside, read_text

COLUMNS = ('path', 'scene', 'bands', 'date', 'gsd')


def read_table(path: str) -> list[Listed]:
    """Scenes of a CSV table.

    Column ``path`` is needed; ``scene`` (rows of one name are one scene),
    ``bands`` (names of the file's bands, spaces between), ``date`` (ISO) and
    ``gsd`` (metres) may follow. Relative paths start at the table's folder.

    Args:
        path (str): The file, local or a URL.

    Raises:
        InputError: No such file, no column ``path``, or a value that is no
            date or number.
    """
    text = read_text(path, 'table of scenes')
    reader = csv.DictReader(io.StringIO(text.removeprefix('\ufeff')))
    names = reader.fieldnames or []
    if 'path' not in names or set(names) - set(COLUMNS):
        raise InputError(
            f'{path}: columns {", ".join(map(str, names))}; a table of scenes '
            f'has path, and may have {", ".join(COLUMNS[1:])}'
        )
    groups: dict[str, list[dict[str, str]]] = {}
    for line, row in enumerate(reader, 2):
        row = {k: (v or '').strip() for k, v in row.items() if k}
        if not row['path']:
            raise InputError(f'{path}: line {line} has no path')
        groups.setdefault(row.get('scene') or f'\0{line}', []).append(row)
    if not groups:
        raise InputError(f'{path}: lists no scene')
    return [_grouped(path, name, rows) for name, rows in groups.items()]


def _grouped(path: str, name: str, rows: Sequence[dict[str, str]]) -> Listed:
    def one(column: str) -> str | None:
        values = {r.get(column) or '' for r in rows} - {''}
        if len(values) > 1:
            raise InputError(
                f'{path}: scene {name!r} has several values of {column}: '
                f'{", ".join(sorted(values))}'
            )
        return values.pop() if values else None

    bands = tuple(tuple((r.get('bands') or '').split()) for r in rows)
    if len(rows) > 1 and not all(bands):
        raise InputError(
            f'{path}: scene {name!r} lies in {len(rows)} files; name the '
            'bands of each in column bands'
        )
    named = [band for names in bands for band in names]
    if len(set(named)) < len(named):
        twice = next(b for b in named if named.count(b) > 1)
        raise InputError(f'{path}: scene {name!r} has band {twice!r} twice')
    date, gsd = one('date'), one('gsd')
    if date is not None and find_date(date) != date:
        raise InputError(f'{path}: date {date!r} is not YYYY-MM-DD')
    try:
        metres = None if gsd is None else float(gsd)
    except ValueError:
        metres = 0.0
    if metres is not None and not 0 < metres < float('inf'):
        raise InputError(f'{path}: gsd {gsd!r} is no number of metres')
    return Listed(
        tuple(beside(path, r['path']) for r in rows),
        bands,
        None if name.startswith('\0') else name,
        date,
        metres,
    )


def listed(path: str) -> Iterator[Listed] | None:
    """Scenes of a table or catalogue; None for any other path."""
    kind = path.lower().split('?')[0]
    if kind.endswith('.csv'):
        return iter(read_table(path))
    if kind.endswith(('.json', '.geojson')):
        return read_catalogue(path)
    return None
