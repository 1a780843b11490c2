"""A copy of a large index that processes share by memory mapping."""

import hashlib
import logging
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from ...errors import InputError
from ...files import locked
from ..core.atomic_output import replace_file
from .schema import IndexMetadata

logger = logging.getLogger('geokr_mm')

# Decoded bytes from which an index is mapped rather than held, and what a row
# takes besides its cells.
MAPPED_BYTES = 2**28
ROW_BYTES = 400
# Rows of a batch of the copy: what making it holds.
BATCH_ROWS = 8192
MADE_FROM = b'made_from'


def is_large(metadata: IndexMetadata, rows: int) -> bool:
    """Whether an index is better mapped than held."""
    cells = 4 * metadata.grid**2 * (len(metadata.legend.names) + 2)
    return rows * (ROW_BYTES + cells) >= MAPPED_BYTES


def mapped_table(
    place: Path,
    state: os.stat_result,
    columns: Any,
    batches: Callable[[], Iterator[Any]],
) -> Any | None:
    """Rows of an index from its copy, which is made where it is missing.

    The copy is a hidden Arrow file beside the index, or in the temporary
    folder where the index's own cannot be written. It is made anew when the
    index has changed. One process makes it while others wait.

    Args:
        place (Path): The index, a file or a folder.
        state (os.stat_result): Of the file that changes with the index.
        columns (pyarrow.Schema): Of the rows.
        batches (callable): Gives the rows as record batches, read in turn.

    Returns:
        pyarrow.Table: None, with a warning, where no copy can be written.
    """
    made_from = f'{state.st_size} {state.st_mtime_ns}'.encode()
    folder, name = place.parent, f'.{place.name}.arrow'
    if not os.access(folder, os.W_OK):
        mark = hashlib.sha256(str(place).encode()).hexdigest()[:16]
        folder = Path(tempfile.gettempdir())
        name = f'geokr_mm-{os.getuid()}-{mark}.arrow'
    copy = folder / name
    while (table := _open(copy, made_from)) is None:
        with locked(folder / f'{name}.lock') as mine:
            if mine and _open(copy, made_from) is None:
                head = columns.with_metadata({MADE_FROM: made_from})
                logger.info('%s: writing %s to share its rows', place, copy)
                try:
                    _write(copy, head, batches)
                except InputError as error:
                    logger.warning(
                        '%s; the index is held in memory instead, by each '
                        'process', error,
                    )  # fmt: skip
                    return None
        if not mine:
            time.sleep(0.2)
    return table


def _open(copy: Path, made_from: bytes) -> Any | None:
    """The copy's rows; None where it is missing or of another index."""
    import pyarrow as pa

    try:
        with pa.memory_map(str(copy)) as stream:
            source = pa.ipc.open_file(stream)
            if (source.schema.metadata or {}).get(MADE_FROM) != made_from:
                return None
            return source.read_all().replace_schema_metadata(None)
    except (OSError, pa.ArrowException):
        return None


def _write(
    copy: Path, head: Any, batches: Callable[[], Iterator[Any]]
) -> None:
    import pyarrow as pa

    def write(stream: BinaryIO) -> None:
        with pa.ipc.new_file(stream, head) as sink:
            for batch in batches():
                sink.write_batch(batch.cast(head))

    replace_file(copy, write)
