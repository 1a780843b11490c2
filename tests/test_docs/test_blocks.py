"""Each shell block of the README and of the start page runs as it stands.

A block that cannot run here follows a comment ``<!-- not run: NAME -->``.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGES = ('README.md', 'docs/index.md')
NOT_RUN = {'make', 'install'}
BLOCK = re.compile(
    r'(?:<!-- (?P<mark>not run): (?P<name>\S+) -->\n)?'
    r'^```(?P<language>\w+)\n(?P<text>.*?)^```$',
    re.MULTILINE | re.DOTALL,
)
ROOT = Path(__file__).resolve().parents[2]


def blocks(page: str, language: str) -> list[re.Match[str]]:
    """Fenced blocks of one language, in their order."""
    text = (ROOT / page).read_text(encoding='utf-8')
    return [m for m in BLOCK.finditer(text) if m['language'] == language]


SHELL = [
    pytest.param(page, block['text'], id=f'{page}-{number}')
    for page in PAGES
    for number, block in enumerate(blocks(page, 'bash'), start=1)
    if block['mark'] != 'not run'
]


@pytest.fixture(scope='module')
def desk(repo, tiny_world, tmp_path_factory):
    """A folder for each page, as its reader has it before the first block."""
    folders = {}
    for page in PAGES:
        folder = tmp_path_factory.mktemp('desk')
        world = folder / 'data' / 'tiny_world'
        world.mkdir(parents=True)
        for part in tiny_world.iterdir():
            # The blocks write an index of their own.
            if part.suffix != '.parquet':
                (world / part.name).symlink_to(part)
        for name, target in {
            'tools': repo / 'tools',
            'configs': repo / 'configs',
            'scenes': tiny_world / 'scenes',
            'worldcover': tiny_world / 'landcover_worldcover',
        }.items():
            (folder / name).symlink_to(target)
        folders[page] = folder
    return folders


@pytest.mark.slow
@pytest.mark.parametrize(('page', 'text'), SHELL)
def test_a_shell_block_runs(page, text, desk, repo, tmp_path):
    python = tmp_path / 'python'
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    done = subprocess.run(
        ['bash', '-e', '-u', '-c', text],
        cwd=desk[page],
        env={
            **os.environ,
            'PATH': f'{tmp_path}{os.pathsep}{os.environ["PATH"]}',
            'PYTHONPATH': str(repo),
            'OMP_NUM_THREADS': '1',
        },
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=1200,
    )
    assert done.returncode == 0, done.stdout[-4000:]


def test_few_blocks_are_left_out_and_each_has_a_reason():
    marked = [
        block['name']
        for page in PAGES
        for block in blocks(page, 'bash')
        if block['mark'] == 'not run'
    ]
    assert set(marked) == NOT_RUN
    assert len(marked) <= 3 < len(SHELL)
