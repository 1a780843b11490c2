"""Running units of work on processes, with progress and a journal."""

import multiprocessing
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from .folder import Result, WorldFolder
from .units import Unit


def _do(root: Path, unit: Unit) -> Result:
    return unit.run(root)


class Crew:
    """Does units of work; those in the journal are not done again.

    Args:
        folder (WorldFolder): Where the world is made.
        workers (int): Processes.
        quiet (bool): Show no progress.
    """

    def __init__(self, folder: WorldFolder, workers: int, quiet: bool) -> None:
        self.folder, self.workers, self.quiet = folder, workers, quiet
        self.start, self.shown = time.monotonic(), 0.0

    def _show(self, stage: str, done: int, total: int) -> None:
        now, tty = time.monotonic(), sys.stderr.isatty()
        pause = 0.2 if tty else 5
        if self.quiet or (done < total and now - self.shown < pause):
            return
        self.shown = now
        lead = '\r' if tty else ''
        end = '\n' if not tty or done == total else ''
        print(
            f'{lead}{stage}: {done} of {total} places, '
            f'{now - self.start:.0f} s',
            end=end,
            file=sys.stderr,
            flush=True,
        )

    def run(self, stage: str, units: Sequence[Unit]) -> list[Result]:
        """Do what is not yet done.

        Args:
            stage (str): What to call it.
            units (Sequence[Unit]): Work.

        Returns:
            list[Result]: In the order of the units.
        """
        done = self.folder.done
        left = [unit for unit in units if unit.key not in done]
        count = len(units) - len(left)
        if self.workers == 1 or len(left) < 2:
            for unit in left:
                self.folder.note(unit.key, _do(self.folder.root, unit))
                count += 1
                self._show(stage, count, len(units))
            return [done[unit.key] for unit in units]
        # Fresh interpreters: forked ones may inherit library locks.
        context = multiprocessing.get_context('spawn')
        workers = min(self.workers, len(left))
        with ProcessPoolExecutor(workers, context) as pool:
            jobs = {
                pool.submit(_do, self.folder.root, unit): unit.key
                for unit in left
            }
            for job in as_completed(jobs):
                self.folder.note(jobs[job], job.result())
                count += 1
                self._show(stage, count, len(units))
        return [done[unit.key] for unit in units]
