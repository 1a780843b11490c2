"""The results table: one file of figures, one of the runs they come from.

Columns have the names that torchgeo-bench gives them, where it has them.
"""

import fcntl
import hashlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from ..errors import InputError
from ..files import final_path
from .provenance import commit, machine, this_command, versions

# Of one run, in the file RUNS beside the table.
RUN_COLUMNS = (
    'protocol',
    'start',
    'model',
    'pretraining_seed',
    'images_seen',
    'command',
    'commit',
    'versions',
    'machine',
    'checkpoint_sha256',
)
# Of one figure, in the table itself.
FIGURE_COLUMNS = (
    'dataset',
    'method',
    'shots',
    'seed',
    'n_train',
    'metric_name',
    'metric_value',
)
COLUMNS = (*RUN_COLUMNS, *FIGURE_COLUMNS)
REQUIRED = ('protocol', 'model', 'dataset', 'method', 'metric_name')
RUNS = 'runs.csv'
# Joins the two files: a hash of the run's columns.
KEY = 'run'
# Of what has no such seed, or no labels.
NONE = ''


def append_rows(
    path: str | Path, figures: Sequence[Mapping[str, Any]], **run: Any
) -> list[dict[str, str]]:
    """Append figures of one run, and the run unless it is listed.

    Args:
        path (str | Path): The CSV file of figures; runs are in ``runs.csv``
            of the same folder. New files get a header.
        figures (Sequence[Mapping]): Values of :data:`FIGURE_COLUMNS`.
            ``method`` is the test, ``seed`` that of the draw of labels,
            ``shots`` their number for each class or their share, ``n_train``
            how many these are. ``metric_value`` is in per cent, or a share
            of 1 if COCO's.
        **run: Values of :data:`RUN_COLUMNS`. ``model`` is the pre-training
            method. ``command``, ``commit``, ``versions`` and ``machine`` are
            filled in, ``start`` is random by default.

    Returns:
        list[dict[str, str]]: The rows as written.

    Raises:
        InputError: If a column is unknown or missing, or a file has another
            header.
    """
    filled = dict.fromkeys(RUN_COLUMNS, NONE) | dict(
        start='random',
        command=this_command(),
        commit=commit(),
        versions=versions(),
        machine=machine(),
    )
    filled |= {name: value for name, value in run.items() if value is not None}
    rows = [
        {**filled, **dict.fromkeys(FIGURE_COLUMNS, NONE), **figure}
        for figure in figures
    ]
    for row in rows:
        unknown = sorted(set(row) - set(COLUMNS))
        missing = [n for n in (*REQUIRED, 'metric_value') if row[n] == NONE]
        if unknown or missing:
            raise InputError(
                f'{path}: unknown columns {unknown}, missing '
                f'columns {missing}; a row has {", ".join(COLUMNS)}'
            )
    texts = [{name: _text(row[name]) for name in COLUMNS} for row in rows]
    about = {name: _text(filled[name]) for name in RUN_COLUMNS}
    key = hashlib.sha256('\n'.join(about.values()).encode()).hexdigest()[:8]
    path = final_path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    runs = path.with_name(RUNS)
    with runs.open('a+', newline='') as file:
        # Headers are read under the lock: another writer creates a file
        # some time before it has its header.
        fcntl.flock(file, fcntl.LOCK_EX)
        if path.is_file() and path.stat().st_size:
            _check_header(path, FIGURE_COLUMNS)
        file.seek(0)
        listed = file.read()
        if listed:
            _check_header(runs, RUN_COLUMNS)
        # Before the figures, so that a reader always finds their run.
        if f'\n{key},' not in listed:
            _append(runs, [{KEY: key, **about}])
        _append(
            path,
            [{KEY: key, **{n: t[n] for n in FIGURE_COLUMNS}} for t in texts],
        )
    return texts


def _append(path: Path, rows: Sequence[Mapping[str, str]]) -> None:
    """Add lines to a file, below a header if the file is new."""
    with path.open('a', newline='') as file:
        # One write, so that a reader never meets half a row.
        file.write(
            pd.DataFrame(rows).to_csv(
                index=False, header=file.tell() == 0, lineterminator='\n'
            )
        )
        file.flush()
        os.fsync(file.fileno())


def _check_header(path: Path, columns: Sequence[str]) -> None:
    wanted = ','.join([KEY, *columns])
    with path.open() as file:
        if file.readline().rstrip('\r\n') != wanted:
            raise InputError(
                f'{path}: has another header than {wanted}; move the file away'
            )


def append_metrics(
    path: str | Path, metrics: Mapping[str, float], **fields: Any
) -> None:
    """Append several figures, by name, of one run that needs no labels.

    ``fields`` are the other columns, see :func:`append_rows`.
    """
    shared = {n: fields.pop(n) for n in FIGURE_COLUMNS if n in fields}
    figures = [
        dict(shared, metric_name=name, metric_value=value)
        for name, value in metrics.items()
    ]
    append_rows(path, figures, **fields)


def read_results(path: str | Path) -> pd.DataFrame:
    """Read all figures with their runs.

    Returns:
        DataFrame: One row for each figure in the order of the file, with
        :data:`COLUMNS` as text; ``metric_value`` parses as float.

    Raises:
        InputError: If a file is missing or has another header, or a run is
            not listed.
    """
    path = Path(path)
    runs = path.with_name(RUNS)
    if not path.is_file():
        raise InputError(
            f'{path}: no such results table; run a benchmark first'
        )
    _check_header(path, FIGURE_COLUMNS)
    if not runs.is_file():
        raise InputError(f'{runs}: no such file; it belongs to {path}')
    _check_header(runs, RUN_COLUMNS)
    figures = _read(path)
    joined = figures.merge(
        _read(runs).drop_duplicates(KEY), on=KEY, how='left'
    )
    lost = joined.loc[joined['protocol'].isna(), KEY]
    if len(lost):
        raise InputError(f'{runs}: has no run {lost.iloc[0]} of {path}')
    return joined[list(COLUMNS)]


def _read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def read_rows(path: str | Path) -> list[dict[str, str]]:
    """Read all figures, see :func:`read_results`, each as a dict."""
    return read_results(path).to_dict('records')


def _text(value: Any) -> str:
    return f'{value:.6g}' if isinstance(value, float) else str(value)
