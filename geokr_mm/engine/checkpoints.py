"""Files of a run's checkpoints: written durably, found again after a stop."""

from pathlib import Path

from mmengine.fileio import LocalBackend, register_backend
from mmengine.logging import print_log

from geokr_mm.errors import InputError
from geokr_mm.export.checkpoint import read_checkpoint
from geokr_mm.files import check_sum, sum_file, write_with_sum

# Under this name mmengine finds the backend.
DURABLE = 'geokr_mm.durable'
# Beside the checkpoints, mmengine's: the path of the last one.
POINTER = 'last_checkpoint'
# Checkpoint of a run that a signal stopped, by iterations.
INTERRUPTED = 'interrupted_{}.pth'


@register_backend(DURABLE)
class DurableBackend(LocalBackend):
    """Writes a file whole with its checksum, and removes files later.

    mmengine removes the oldest checkpoint before the new one exists, and
    writes in place.

    Attributes:
        waiting (list[Path]): Files that :meth:`remove_waiting` removes.
    """

    def __init__(self) -> None:
        super().__init__()
        self.waiting: list[Path] = []

    def put(self, obj: bytes, filepath: str | Path) -> None:
        """Write a file; see :func:`geokr_mm.files.write_with_sum`."""
        write_with_sum(Path(filepath), obj)

    def remove(self, filepath: str | Path) -> None:
        """Note a file that is to be removed."""
        self.waiting.append(Path(filepath))

    def remove_waiting(self) -> None:
        """Remove the files noted, with their checksums."""
        for path in self.waiting:
            path.unlink(missing_ok=True)
            sum_file(path).unlink(missing_ok=True)
        self.waiting.clear()


def last_valid(
    work_dir: str | Path, folder: str | Path, epoch_length: int
) -> Path | None:
    """The checkpoint to go on from; what is passed over is logged.

    It is the one that ``last_checkpoint`` names, else the newest that is
    whole.

    Args:
        work_dir (str | Path): Of ``last_checkpoint``.
        folder (str | Path): Of the checkpoints.
        epoch_length (int): Iterations of an epoch, to compare names.

    Raises:
        InputError: If there are checkpoints and none is whole.
    """
    folder = Path(folder)
    found = {}
    for kind, length in (
        ('iter_{}.pth', 1),
        (INTERRUPTED, 1),
        ('epoch_{}.pth', epoch_length),
    ):
        start, end = kind.split('{}')
        for path in folder.glob(kind.format('*')):
            number = path.name.removeprefix(start).removesuffix(end)
            if number.isdecimal():
                found[path] = int(number) * length
    newest = sorted(found, key=lambda path: found[path], reverse=True)
    pointer = Path(work_dir, POINTER)
    named = pointer.read_text().strip() if pointer.is_file() else ''
    if named:
        first = Path(named)
        # The folder may have moved.
        first = first if first.is_file() else folder / first.name
        newest = [first, *(path for path in newest if path != first)]
    for path in newest:
        try:
            if path.is_file() and sum_file(path).is_file():
                check_sum(path)
            else:
                read_checkpoint(path)
        except InputError as error:
            print_log(f'--resume passes over {error}', 'current', 30)
        else:
            return path
    if newest:
        raise InputError(
            f'{folder}: none of {len(newest)} checkpoints is whole; start '
            'anew without --resume, in another work folder'
        )
    return None
