"""Fixtures that every test may use."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope='session')
def repo() -> Path:
    """The repository root."""
    return ROOT


@pytest.fixture(scope='session')
def shared_data() -> Path:
    """Folder of the real test imagery; skips where it is absent."""
    default = ROOT.parent / 'shared' / 'data'
    path = Path(os.environ.get('GEOKR_DATA', default))
    if not path.is_dir():
        pytest.skip('real imagery not found: set GEOKR_DATA to its folder')
    return path
