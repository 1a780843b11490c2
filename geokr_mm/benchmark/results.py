"""The results table: one file of figures, one of the runs they come from."""

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
    'method',
    'command',
    'commit',
    'versions',
    'machine',
    'checkpoint_sha256',
)
# Of one figure, in the table itself.
FIGURE_COLUMNS = (
    'task',
    'dataset',
    'labels',
    'seed',
    'metric',
    'value',
    'seconds',
)
COLUMNS = (*RUN_COLUMNS, *FIGURE_COLUMNS)
REQUIRED = ('protocol', 'method', *FIGURE_COLUMNS)
RUNS = 'runs.csv'
# Joins the two files: a hash of the run's columns.
KEY = 'run'
# In the column of labels where a test needs none.
NO_LABELS = 'none'


def append_row(path: str | Path, **fields: Any) -> dict[str, str]:
    """Append one figure, and its run unless it is listed.

    Args:
        path (str | Path): The CSV file of figures; runs are in ``runs.csv``
            of the same folder. New files get a header.
        **fields: Values of :data:`COLUMNS`, at least :data:`REQUIRED`.
            ``command``, ``commit``, ``versions`` and ``machine`` are filled
            in, and ``checkpoint_sha256`` is empty for a random start.
            ``seconds`` is wall time, ``labels`` the number or share of
            labelled images.

    Returns:
        dict[str, str]: The row as written.

    Raises:
        InputError: If a column is unknown or missing, or a file has another
            header.
    """
    unknown = sorted(set(fields) - set(COLUMNS))
    missing = [name for name in REQUIRED if fields.get(name) is None]
    if unknown or missing:
        raise InputError(
            f'{path}: unknown columns {unknown}, missing '
            f'columns {missing}; a row has {", ".join(COLUMNS)}'
        )
    filled = dict(
        command=this_command(),
        commit=commit(),
        versions=versions(),
        machine=machine(),
        checkpoint_sha256='',
    )
    filled.update({k: v for k, v in fields.items() if v is not None})
    row = {name: _text(filled[name]) for name in COLUMNS}
    run = {name: row[name] for name in RUN_COLUMNS}
    key = hashlib.sha256('\n'.join(run.values()).encode()).hexdigest()[:8]
    figure = {name: row[name] for name in FIGURE_COLUMNS}
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
        # Before the figure, so that a reader always finds its run.
        if f'\n{key},' not in listed:
            _append(runs, {KEY: key, **run})
        _append(path, {KEY: key, **figure})
    return row


def _append(path: Path, row: Mapping[str, str]) -> None:
    """Add one line to a file, below a header if the file is new."""
    with path.open('a', newline='') as file:
        # One write, so that a reader never meets half a row.
        file.write(
            pd.DataFrame([row]).to_csv(
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

    ``fields`` are the other columns, see :func:`append_row`.
    """
    for metric, value in metrics.items():
        append_row(
            path, labels=NO_LABELS, metric=metric, value=value, **fields
        )


def read_results(path: str | Path) -> pd.DataFrame:
    """Read all figures with their runs.

    Returns:
        DataFrame: One row for each figure in the order of the file, with
        :data:`COLUMNS` as text; ``value`` and ``seconds`` parse as floats.

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


def numbered(pretraining: int | None, seed: int) -> str:
    """A run's number in the column ``seed``.

    That of the draw or the fine-tuning, such as ``'2'``; with the seed of the
    pre-training before it ``'0.2'``.
    """
    return str(seed) if pretraining is None else f'{pretraining}.{seed}'


def _text(value: Any) -> str:
    return f'{value:.6g}' if isinstance(value, float) else str(value)
