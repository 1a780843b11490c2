"""Every command answers --help at once and ends it with an example."""

import subprocess
import sys
from pathlib import Path

import pytest

TOOLS = sorted(
    path.name for path in (Path(__file__).parents[2] / 'tools').glob('*.py')
)
HEAVY = (
    'torch',
    'torchvision',
    'mmengine',
    'mmcv',
    'mmpretrain',
    'mmseg',
    'mmdet',
)
SHOW_IMPORTS = """
import runpy, sys
sys.argv = [sys.argv[1], '--help']
try:
    runpy.run_path(sys.argv[0], run_name='__main__')
except SystemExit as stop:
    print('|', stop.code, *(m for m in HEAVY if m in sys.modules))
"""


@pytest.fixture(params=TOOLS)
def helped(request, repo):
    code = f'HEAVY = {HEAVY!r}\n{SHOW_IMPORTS}'
    done = subprocess.run(
        [sys.executable, '-c', code, str(repo / 'tools' / request.param)],
        text=True,
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr
    return request.param, *done.stdout.rsplit('|', 1)


def test_help_is_quick_and_ends_with_an_example(helped):
    name, text, rest = helped
    assert rest.split() == ['0'], f'{name} imports {rest.split()[1:]}'
    example = text.partition('example:')[2]
    assert f'python tools/{name}' in example, text
    # mim adds an option of that name where the help of what it trains or
    # tests with has this text.
    assert '--gpus' not in text or name not in ('train.py', 'test.py')


def test_tools_have_the_commands_that_mim_looks_for():
    assert {'train.py', 'test.py'} <= set(TOOLS)


def test_geography_imports_no_torch():
    code = (
        f'import sys, geokr_mm.geo, geokr_mm.world\n'
        f'print([m for m in {HEAVY!r} if m in sys.modules])'
    )
    done = subprocess.run(
        [sys.executable, '-c', code], text=True, capture_output=True
    )
    assert done.stdout.strip() == '[]', done.stderr


@pytest.mark.parametrize('tool', ['train.py', 'test.py', 'print_config.py'])
def test_a_missing_config_is_one_line(tool, repo, tmp_path):
    more = ['some.pth'] if tool == 'test.py' else []
    done = subprocess.run(
        [sys.executable, str(repo / 'tools' / tool), 'absent.py', *more],
        cwd=tmp_path,
        text=True,
        capture_output=True,
    )
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == (
        'error: absent.py: no such config; give the path of a file under '
        'configs/, or its bare name to `mim train geokr_mm`'
    )
    assert 'Traceback' not in done.stderr
    assert not list(tmp_path.iterdir())
