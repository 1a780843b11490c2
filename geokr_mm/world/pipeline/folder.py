"""A world's folder: complete, half made, or something else."""

import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ...errors import InputError
from ...files import check_output, final_path, sha256_of, written_whole


def digests(root: Path, files: Iterable[str]) -> dict[str, str]:
    """SHA-256 of files below a folder, by their path in it."""
    return {name: sha256_of(root / name) for name in files}


class WorldFolder:
    """Where a world is made.

    ``world.json`` is written last and in one stroke: a folder without it
    holds no world. Until then ``.making`` keeps the settings, parts that
    are not yet put together, and a journal of what is done.

    Raises:
        InputError: If the folder holds anything else, such as a world of
            other settings.
    """

    def __init__(self, root: Path, settings: dict[str, Any]) -> None:
        check_output(root, folder=True)
        self.root = root = final_path(root, folder=True)
        self.settings = json.loads(json.dumps(settings))
        self.parts = root / '.making'
        self.done: dict[str, dict[str, Any]] = {}
        self.complete = self._check()
        if not self.complete:
            self._open()

    def _check(self) -> bool:
        info = self.root / 'world.json'
        notes = self.parts / 'settings.json'
        cure = 'delete it or choose another folder'
        if info.is_file():
            try:
                old = json.loads(info.read_text())['settings']
            except (ValueError, KeyError):
                raise InputError(
                    f'{info} is not a world description: delete the folder '
                    'or choose another one'
                ) from None
            if old != self.settings:
                raise InputError(
                    f'{self.root} holds a world of other settings: {cure}'
                )
            return True
        if notes.is_file():
            if json.loads(notes.read_text()) != self.settings:
                raise InputError(
                    f'{self.root} holds a half-made world of other '
                    f'settings: {cure}'
                )
        elif self.root.exists() and (
            not self.root.is_dir() or any(self.root.iterdir())
        ):
            raise InputError(
                f'{self.root} is not an empty folder: choose another one'
            )
        return False

    def _open(self) -> None:
        self.parts.mkdir(parents=True, exist_ok=True)
        journal = self.parts / 'journal.jsonl'
        if journal.is_file():
            for line in journal.read_text().splitlines():
                try:
                    entry = json.loads(line)
                except ValueError:
                    continue  # empty, or cut off by a stop
                self.done[entry['key']] = entry['result']
        _write(self.parts / 'settings.json', self.settings)

    def note(self, key: str, result: dict[str, Any]) -> None:
        """Write down that a job is done."""
        self.done[key] = result
        with (self.parts / 'journal.jsonl').open('a') as out:
            # A journal cut off in the middle of a line starts a new one.
            out.write('\n' + json.dumps({'key': key, 'result': result}))

    def finish(self, description: dict[str, Any]) -> None:
        """Make the world complete."""
        content = {'settings': self.settings, **description}
        _write(self.root / 'world.json', content)
        shutil.rmtree(self.parts)


def _write(path: Path, content: Any) -> None:
    with written_whole(path) as draft:
        draft.write_text(json.dumps(content, indent=1))
