"""The demo from start to end."""

import contextlib
import shutil
import sys
import time
from pathlib import Path

from geokr_mm.errors import InputError

from .plan import Layout, plan, printable
from .process import cores, run_commands
from .step import Step, read_stamp, seconds

# Shows that a folder is the demo's own, so that it may be cleared.
MARK = '.geokr-demo'


def run_demo(layout: Layout, fresh: bool = False) -> None:
    """Make what is missing, then print table and page.

    Args:
        layout (Layout): Where things lie.
        fresh (bool): Forget finished steps. Defaults to False.

    Raises:
        InputError: If the folder holds other things, or a step failed.
    """
    prepare(layout.out, fresh)
    steps = plan(layout)
    start = time.monotonic()
    print(
        f'geokr_mm demo in {layout.out}/: {len(steps)} steps, about five '
        f'minutes on two cores (here: {cores()}).\n'
        'Break off at any time; a second call goes on after the last '
        'finished step.'
    )
    for number, step in enumerate(steps, 1):
        print(f'\n[{number}/{len(steps)}] {step.title}', flush=True)
        run_step(step, layout)
    from .results import compare, text_table

    print(f'\n{text_table(compare(layout))}')
    print(
        f'\nMean ± spread over {layout.seeds} seeds; twins differ in their '
        'start only.'
    )
    took = sum(seconds(steps, layout.stamps).values())
    print(
        f'All steps took {took:.0f} s, this call '
        f'{time.monotonic() - start:.0f} s.'
    )
    print(f'Page with the pictures: {layout.page.resolve()}')


def run_step(step: Step, layout: Layout) -> None:
    """Run a step unless it is done.

    Args:
        step (Step): The step.
        layout (Layout): Where things lie.

    Raises:
        InputError: If one of its commands failed or made nothing.
    """
    if step.is_done(layout.stamps):
        note = read_stamp(layout.stamps, step.name) or {}
        print(f'      done before, in {note.get("seconds", 0):.0f} s')
        return
    for command in step.commands:
        print(f'      $ {printable(command)}', flush=True)
    logs = [
        layout.logs / f'{step.name}{f"-{n}" if n else ""}.log'
        for n in range(len(step.commands))
    ]
    step.begin(layout.stamps)
    start = time.monotonic()
    failed = run_commands(step.commands, logs)
    if failed is not None:
        raise InputError(
            f'step {step.name} failed: {last_line(logs[failed])} (all of it: '
            f'{logs[failed]})'
        )
    took = time.monotonic() - start
    missing = step.finish(layout.stamps, took)
    if missing:
        raise InputError(
            f'step {step.name} ended without {missing[0]}; see {logs[0]}'
        )
    print(f'      done in {took:.0f} s', flush=True)


def prepare(out: Path, fresh: bool) -> None:
    """Make the demo's folder, or clear it.

    Args:
        out (Path): The folder.
        fresh (bool): Whether to forget finished steps.

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
    """The line of a failed command's log that says most.

    Args:
        log (Path): The log.

    Returns:
        str: The last line that begins with "error:" if there is one, else
        the last line.
    """
    text = ''
    with contextlib.suppress(OSError):
        text = log.read_text(errors='replace')
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith('error:')]
    said = (errors or lines or ['nothing was written'])[-1]
    return said.removeprefix('error: ')


def report_only(layout: Layout) -> None:
    """Draw the page from what the other steps made.

    Args:
        layout (Layout): Where things lie.
    """
    from geokr_mm.visualization.page import save_page

    from .report import demo_page

    save_page(layout.page, demo_page(layout))
    print(layout.page, file=sys.stdout)
