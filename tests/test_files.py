"""Files that are written whole or not at all."""

import os

import pytest

from geokr_mm.errors import InputError
from geokr_mm.files import expanded, folder_written_whole, written_whole


def test_new_folder_and_ordinary_permissions(tmp_path):
    path = tmp_path / 'new' / 'a.txt'
    with written_whole(path) as draft:
        assert draft.parent == path.parent
        draft.write_text('whole')
        assert not path.exists()
    assert path.read_text() == 'whole'
    (tmp_path / 'b.txt').write_text('')
    ordinary = (tmp_path / 'b.txt').stat().st_mode
    assert path.stat().st_mode == ordinary
    assert os.listdir(path.parent) == ['a.txt']


@pytest.mark.parametrize('error', [RuntimeError, KeyboardInterrupt])
def test_failure_leaves_the_old_file_and_no_draft(tmp_path, error):
    path = tmp_path / 'a.txt'
    path.write_text('old')
    with pytest.raises(error), written_whole(path) as draft:
        draft.write_text('half')
        raise error
    assert path.read_text() == 'old'
    assert os.listdir(tmp_path) == ['a.txt']


def test_last_writer_wins_and_both_are_whole(tmp_path):
    path = tmp_path / 'a.txt'
    with written_whole(path) as first, written_whole(path) as second:
        first.write_text('first')
        second.write_text('second')
    assert path.read_text() == 'first'
    assert os.listdir(tmp_path) == ['a.txt']


def test_folder_takes_its_name_when_complete(tmp_path):
    path = tmp_path / 'new' / 'set'
    with folder_written_whole(path) as draft:
        (draft / 'a.txt').write_text('whole')
        assert not path.exists()
    assert (path / 'a.txt').read_text() == 'whole'
    assert os.listdir(path.parent) == ['set']
    with (
        pytest.raises(InputError, match='set: exists already'),
        folder_written_whole(path),
    ):
        raise AssertionError
    other = tmp_path / 'new' / 'other'
    with pytest.raises(KeyboardInterrupt), folder_written_whole(other) as half:
        (half / 'a.txt').write_text('half')
        raise KeyboardInterrupt
    assert os.listdir(path.parent) == ['set']


def test_homes_are_filled_in_or_told(tmp_path, monkeypatch):
    monkeypatch.setenv('HOME', str(tmp_path))
    assert expanded('~/a.pth') == tmp_path / 'a.pth'
    assert str(expanded('a/~b')) == 'a/~b'
    with pytest.raises(InputError, match='^~nobody-here/a: no such home'):
        expanded('~nobody-here/a')
