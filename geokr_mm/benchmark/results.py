"""The results table: one row per run, appended by the tools."""

import csv
import fcntl
import importlib
import io
import os
import platform
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..files import final_path
from ..processor import multiplies_bfloat16
from ..version import __version__

COLUMNS = (
    'protocol',
    'method',
    'task',
    'dataset',
    'labels',
    'seed',
    'metric',
    'value',
    'seconds',
    'command',
    'commit',
    'versions',
    'machine',
    'checkpoint_sha256',
)
REQUIRED = COLUMNS[:9]
# In the column of labels where a test needs none.
NO_LABELS = 'none'
# Folders that configs read images from.
DATA_VARIABLES = ('GEOKR_DATA', 'GEOKR_WORLD', 'GEOKR_MASKS')
LIBRARIES = ('torch', 'mmengine', 'mmcv', 'mmpretrain', 'mmseg', 'mmdet')


def append_row(path: str | Path, **fields: Any) -> dict[str, str]:
    """Append one run, under a lock, with a header in a new file.

    Args:
        path (str | Path): The CSV file.
        **fields: Values of :data:`COLUMNS`; the first nine are required.
            ``command``, ``commit``, ``versions`` and ``machine`` are filled
            in, and ``checkpoint_sha256`` is empty for a random start.
            ``seconds`` is wall time, ``labels`` the number or share of
            labelled images.

    Returns:
        dict[str, str]: The row as written.

    Raises:
        InputError: If a column is unknown or missing, or the file has
            another header.
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
    path = final_path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open('a+', newline='') as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        header = file.readline().rstrip('\r\n')
        if header and tuple(header.split(',')) != COLUMNS:
            raise InputError(
                f'{path}: has another header than '
                f'{",".join(COLUMNS)}; move the file away'
            )
        # One write, so that a reader never meets half a row.
        text = io.StringIO()
        writer = csv.DictWriter(text, COLUMNS, lineterminator='\n')
        if not header:
            writer.writeheader()
        writer.writerow(row)
        file.write(text.getvalue())
        file.flush()
        os.fsync(file.fileno())
    return row


def append_metrics(
    path: str | Path, metrics: Mapping[str, float], **fields: Any
) -> None:
    """Append several figures of one run that needs no labels.

    Args:
        path (str | Path): The CSV file.
        metrics (mapping): Name to value.
        **fields: Other columns, see :func:`append_row`.
    """
    for metric, value in metrics.items():
        append_row(
            path, labels=NO_LABELS, metric=metric, value=value, **fields
        )


def read_rows(path: str | Path) -> list[dict[str, str]]:
    """Read all rows.

    Args:
        path (str | Path): The CSV file.

    Returns:
        list[dict[str, str]]: One dict per run, as text; ``value`` and
        ``seconds`` parse as floats.

    Raises:
        InputError: If the file is missing or has another header.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(
            f'{path}: no such results table; run a benchmark first'
        )
    with path.open(newline='') as file:
        reader = csv.DictReader(file)
        if tuple(reader.fieldnames or ()) != COLUMNS:
            raise InputError(
                f'{path}: has another header than {",".join(COLUMNS)}'
            )
        return list(reader)


def numbered(pretraining: int | None, seed: int) -> str:
    """A run's number in the column ``seed``.

    Args:
        pretraining (int, optional): Seed of the pre-training, put before.
        seed (int): Of the draw or the fine-tuning.

    Returns:
        str: Such as ``'2'``, or ``'0.2'`` with a seed of pre-training.
    """
    return str(seed) if pretraining is None else f'{pretraining}.{seed}'


def this_command(
    argv: Sequence[str] | None = None, environ: Mapping[str, str] | None = None
) -> str:
    """The running command as one may paste it at the repository root.

    Paths inside the working folder become relative, and an absolute
    ``GEOKR_DATA`` becomes the variable, so that no row tells where a machine
    keeps its files. Relative folders of images are written before the
    command.

    Args:
        argv (Sequence[str], optional): Defaults to ``sys.argv``.
        environ (Mapping, optional): Defaults to ``os.environ``.
    """
    argv = sys.argv if argv is None else argv
    environ = os.environ if environ is None else environ
    data = environ.get('GEOKR_DATA', '').rstrip('/')
    before = [
        f'{name}={shlex.quote(environ[name])}'
        for name in DATA_VARIABLES
        if environ.get(name) and not os.path.isabs(environ[name])
    ]
    words = []
    for word in argv:
        if os.path.isabs(data):
            word = re.sub(rf'{re.escape(data)}(?=/|$)', '$GEOKR_DATA', word)
        word = re.sub(rf'{re.escape(os.getcwd())}(/|$)', '', word)
        # Quoting would keep the shell from filling in the variable.
        words.append(word if '$' in word else shlex.quote(word))
    return ' '.join([*before, 'python', *words])


def commit() -> str:
    """The code's commit, with ``+`` if the code differs from it."""
    root = Path(__file__).resolve().parents[2]
    if not (root / '.git').exists():
        return 'unknown'

    def git(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ['git', '-C', str(root), *words], capture_output=True, text=True
        )

    try:
        found = git('rev-parse', '--short=12', 'HEAD').stdout.strip()
        # The table itself changes with every row and does not count.
        changed = git(
            'diff', '--quiet', 'HEAD', '--', 'geokr_mm', 'configs', 'tools'
        ).returncode
    except OSError:
        return 'unknown'
    return f'{found or "unknown"}{"+" if changed else ""}'


def versions() -> str:
    """Versions of geokr_mm, Python and the libraries that are loaded."""
    known = [f'geokr_mm {__version__}', f'python {platform.python_version()}']
    for name in LIBRARIES:
        if name in sys.modules:
            module = importlib.import_module(name)
            known.append(f'{name} {module.__version__}')
    return '; '.join(known)


def machine() -> str:
    """Processor, number of cores and accelerator, but no host name.

    A processor that trains in float32 what asks for bfloat16 is called so,
    see :class:`geokr_mm.BFloat16OptimWrapper`.
    """
    name = platform.processor() or platform.machine()
    try:
        found = re.search(
            r'model name\s*:\s*(.+)', Path('/proc/cpuinfo').read_text()
        )
        name = found.group(1).strip() if found else name
    except OSError:
        pass
    parts = [f'{os.cpu_count()} x {name}']
    torch = sys.modules.get('torch')
    if torch is not None and torch.cuda.is_available():
        parts.append(torch.cuda.get_device_name(0))
    elif torch is not None and not multiplies_bfloat16():
        parts.append('no bfloat16')
    return '; '.join(parts)


def _text(value: Any) -> str:
    return f'{value:.6g}' if isinstance(value, float) else str(value)
