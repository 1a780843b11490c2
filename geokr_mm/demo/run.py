"""The demo from start to end: steps in order, without those that are done.

A step is done if a stamp in ``.done`` has the same commands and configs, and
its outputs have the sizes noted there. A step that runs removes the stamps of
those after it, which read what it leaves.
"""

import contextlib
import hashlib
import json
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from geokr_mm.errors import InputError
from geokr_mm.files import written_whole
from geokr_mm.processes import cores
from geokr_mm.version import __version__

from .plan import Layout, Step, plan, printable
from .process import run_commands

# Shows that a folder is the demo's own, so that it may be cleared.
MARK = '.geokr-demo'


def run_demo(layout: Layout, fresh: bool = False) -> None:
    """Make what is missing, or everything if fresh; print table and page.

    Where the Earth cannot be downloaded it is the synthetic planet.

    Raises:
        InputError: If the folder holds other things, or a step failed.
    """
    prepare(layout.out, fresh)
    steps = plan(layout)
    start = time.monotonic()
    print(
        f'geokr_mm demo in {layout.out}/: {len(steps)} steps, about seven '
        f'minutes on two cores (here: {cores()}).\n'
        'Break off at any time; a second call goes on after the last '
        'finished step.'
    )
    try:
        run_steps(steps, layout)
    except InputError as error:
        if layout.planet or read_stamp(layout.stamps, steps[0].name):
            raise
        print(f'\nno real Earth, the synthetic planet instead: {error}\n')
        run_demo(Layout(layout.root, layout.out, layout.seeds, planet=True))
        return
    from .results import compare, text_table

    took = sum(seconds(steps, layout.stamps).values())
    print(
        f'\n{text_table(compare(layout))}\n'
        f'\nMean ± spread over {layout.seeds} seeds; twins differ in their '
        'start only.\n'
        f'All steps took {took:.0f} s, this call '
        f'{time.monotonic() - start:.0f} s.\n'
        f'Page with the pictures: {layout.page.resolve()}'
    )


def run_steps(steps: Sequence[Step], layout: Layout) -> None:
    """Run the steps that are not done.

    Raises:
        InputError: If a command failed or did not leave its outputs.
    """
    for number, step in enumerate(steps):
        print(f'\n[{number + 1}/{len(steps)}] {step.title}', flush=True)
        stamp = read_stamp(layout.stamps, step.name)
        now = {'key': _key(step), 'sizes': _sizes(step.outputs)}
        if stamp and now.items() <= stamp.items() and now['sizes']:
            print(f'      done before, in {stamp["seconds"]:.0f} s')
            continue
        for later in steps[number:]:
            _stamp(layout.stamps, later.name).unlink(missing_ok=True)
        _run(step, layout)


def _run(step: Step, layout: Layout) -> None:
    """Run a step from nothing and write its stamp last, and whole."""
    for command in step.commands:
        print(f'      $ {printable(command)}', flush=True)
    for path in step.outputs:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    logs = [
        layout.logs / f'{step.name}{f"-{n}" if n else ""}.log'
        for n in range(len(step.commands))
    ]
    start = time.monotonic()
    failed = run_commands(step.commands, logs)
    if failed is not None:
        raise InputError(
            f'step {step.name} failed: {last_line(logs[failed])} (all of it: '
            f'{logs[failed]})'
        )
    missing = [path for path in step.outputs if not path.exists()]
    if missing:
        raise InputError(
            f'step {step.name} ended without {missing[0]}; see {logs[0]}'
        )
    took = time.monotonic() - start
    stamp = {
        'key': _key(step),
        'sizes': _sizes(step.outputs),
        'seconds': round(took, 1),
        'commands': step.commands,
    }
    with written_whole(_stamp(layout.stamps, step.name)) as draft:
        draft.write_text(json.dumps(stamp, indent=1))
    print(f'      done in {took:.0f} s', flush=True)


def read_stamp(stamps: Path, name: str) -> dict[str, Any] | None:
    """The stamp of a finished step, None where there is none."""
    try:
        stamp = json.loads(_stamp(stamps, name).read_text())
    except (OSError, ValueError):
        return None
    return stamp if isinstance(stamp, dict) else None


def seconds(steps: Sequence[Step], stamps: Path) -> dict[str, float]:
    """How long each finished step took, by name."""
    found = ((step.name, read_stamp(stamps, step.name)) for step in steps)
    return {name: float(stamp['seconds']) for name, stamp in found if stamp}


def _stamp(stamps: Path, name: str) -> Path:
    return stamps / f'{name}.json'


def _key(step: Step) -> str:
    """Hash of version, commands and configs."""
    total = hashlib.sha256(__version__.encode())
    total.update(json.dumps(step.commands).encode())
    for path in step.configs:
        total.update(path.read_bytes())
    return total.hexdigest()


def _sizes(paths: Sequence[Path]) -> dict[str, list[int]] | None:
    """Number of files and bytes below each output; None if one is missing."""
    sizes = {}
    for path in paths:
        if not path.exists():
            return None
        files = [p for p in (path, *path.rglob('*')) if p.is_file()]
        sizes[path.name] = [len(files), sum(p.stat().st_size for p in files)]
    return sizes


def prepare(out: Path, fresh: bool) -> None:
    """Make the demo's folder, or clear it if fresh.

    Raises:
        InputError: If it is there but not the demo's, or cannot be made.
    """
    mark = out / MARK
    if out.exists() and not mark.is_file():
        if not out.is_dir() or any(out.iterdir()):
            raise InputError(
                f'{out}: holds other things than this demo; give --out a new '
                'folder'
            )
    elif fresh and mark.is_file():
        shutil.rmtree(out)
    try:
        out.mkdir(parents=True, exist_ok=True)
        mark.touch()
    except OSError as error:
        raise InputError(
            f'{out}: cannot be written ({error.strerror}); give --out '
            'another folder'
        ) from None


def last_line(log: Path) -> str:
    """The last error line of a failed command's log, else its last line."""
    text = ''
    with contextlib.suppress(OSError):
        text = log.read_text(errors='replace')
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith('error:')]
    last = (errors or lines or ['nothing was written'])[-1]
    return last.removeprefix('error: ')


def report_only(layout: Layout) -> None:
    """Draw the page from what the other steps left."""
    from geokr_mm.visualization.page import save_page

    from .report import demo_page

    save_page(layout.page, demo_page(layout))
    print(layout.page)
