"""Files that are written whole or not at all."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def written_whole(path: str | Path) -> Iterator[Path]:
    """Give a draft to write; it takes the final name only when complete.

    The draft lies in the same folder, so the rename is atomic. Draft and
    folder are flushed to disk before and after it, so that a power cut leaves
    either the old file or the new one. If the block raises, the draft is
    removed and an older file at ``path`` stays as it was.

    Args:
        path (str | Path): Final name; its folder is made where missing.

    Yields:
        Path: Of the draft, an empty file.

    Example:
        >>> with written_whole('card.json') as draft:
        ...     draft.write_text('{}')
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(
        dir=path.parent, prefix=f'.{path.name}.', suffix='.tmp'
    )
    os.close(handle)
    draft = Path(name)
    try:
        yield draft
        with draft.open('rb+') as file:
            os.fsync(file.fileno())
        # mkstemp makes private files; this one is as readable as any.
        mask = os.umask(0)
        os.umask(mask)
        draft.chmod(0o666 & ~mask)
        os.replace(draft, path)
        sync_folder(path.parent)
    finally:
        draft.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Make a rename inside a folder durable, where the system can.

    Args:
        folder (Path): The folder.
    """
    # Some network folders cannot be synced; the rename stands all the same.
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
