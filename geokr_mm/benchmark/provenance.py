"""What a row of the results table was made with."""

import importlib
import os
import platform
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..processor import multiplies_bfloat16
from ..version import __version__

# Folders that configs read images from.
DATA_VARIABLES = ('GEOKR_DATA', 'GEOKR_WORLD', 'GEOKR_MASKS')
LIBRARIES = ('torch', 'mmengine', 'mmcv', 'mmpretrain', 'mmseg', 'mmdet')


def this_command(
    argv: Sequence[str] | None = None, environ: Mapping[str, str] | None = None
) -> str:
    """The running command as one may paste it at the repository root.

    Paths inside the working folder become relative, and an absolute
    ``GEOKR_DATA`` becomes the variable, so that no row has a path of a
    machine. Relative folders of images are written before the command.
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

    Ends with ``no bfloat16`` on a processor that trains in float32 instead,
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
