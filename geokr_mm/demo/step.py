"""A step of the demo, and how it is known to be done."""

import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from geokr_mm.files import written_whole
from geokr_mm.version import __version__


@dataclass(frozen=True)
class Step:
    """Commands that make outputs from settings.

    Args:
        name (str): Short, unique; names stamp and logs.
        title (str): One line for people.
        commands (tuple[tuple[str, ...], ...]): Programs with arguments. More
            than one run side by side and share the cores.
        outputs (tuple[Path, ...]): Files and folders that the step makes.
        sources (tuple[Path, ...]): Files whose content counts as a setting,
            such as configs.
        after (tuple[Step, ...]): Steps whose outputs this one reads.
    """

    name: str
    title: str
    commands: tuple[tuple[str, ...], ...]
    outputs: tuple[Path, ...]
    sources: tuple[Path, ...] = ()
    after: tuple['Step', ...] = field(default=(), repr=False)

    def key(self, stamps: Path) -> str:
        """Hash over all that the outputs depend on.

        Args:
            stamps (Path): Folder of the notes; a step depends on when the
                steps before it were last made.
        """
        total = hashlib.sha256(__version__.encode())
        total.update(json.dumps(self.commands).encode())
        for path in self.sources:
            total.update(path.read_bytes())
        for step in self.after:
            note = read_stamp(stamps, step.name) or {}
            total.update(step.key(stamps).encode())
            total.update(str(note.get('made')).encode())
        return total.hexdigest()

    def is_done(self, stamps: Path) -> bool:
        """Whether outputs are complete and made from the same settings.

        Args:
            stamps (Path): Folder that :meth:`finish` writes to.
        """
        stamp = read_stamp(stamps, self.name)
        return (
            stamp is not None
            and stamp.get('key') == self.key(stamps)
            and stamp.get('sizes') == _sizes(self.outputs)
        )

    def begin(self, stamps: Path) -> None:
        """Forget an earlier run and remove what it left."""
        _stamp(stamps, self.name).unlink(missing_ok=True)
        for path in self.outputs:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)

    def finish(self, stamps: Path, seconds: float) -> list[Path]:
        """Note that the step is done.

        The note is written last and whole, so a step that was cut off has
        none and runs again.

        Args:
            stamps (Path): Folder for the note.
            seconds (float): How long it took.

        Returns:
            list[Path]: Outputs that are missing; then there is no note.
        """
        missing = [path for path in self.outputs if not path.exists()]
        if missing:
            return missing
        note = dict(
            key=self.key(stamps),
            made=time.time_ns(),
            sizes=_sizes(self.outputs),
            seconds=round(seconds, 1),
            commands=self.commands,
        )
        with written_whole(_stamp(stamps, self.name)) as draft:
            draft.write_text(json.dumps(note, indent=1))
        return []


def read_stamp(stamps: Path, name: str) -> dict[str, Any] | None:
    """The note of a finished step, or None.

    Args:
        stamps (Path): Folder of the notes.
        name (str): The step's name.
    """
    try:
        note = json.loads(_stamp(stamps, name).read_text())
    except (OSError, ValueError):
        return None
    return note if isinstance(note, dict) else None


def seconds(steps: Iterable[Step], stamps: Path) -> dict[str, float]:
    """How long each finished step took, by name.

    Args:
        steps (Iterable[Step]): The steps.
        stamps (Path): Folder of the notes.
    """
    notes = ((step.name, read_stamp(stamps, step.name)) for step in steps)
    return {
        name: float(note.get('seconds', 0))
        for name, note in notes
        if note is not None
    }


def _stamp(stamps: Path, name: str) -> Path:
    return stamps / f'{name}.json'


def _sizes(paths: Sequence[Path]) -> dict[str, list[int]] | None:
    """Number of files and bytes below each output; None if one is missing."""
    sizes = {}
    for path in paths:
        if path.is_dir():
            files = [p for p in path.rglob('*') if p.is_file()]
        elif path.is_file():
            files = [path]
        else:
            return None
        sizes[path.name] = [len(files), sum(p.stat().st_size for p in files)]
    return sizes
