"""Cards, converters, configs and the page of all sets agree."""

import runpy

import pytest

from geokr_mm.errors import InputError
from geokr_mm.zoo import list_cards, load_card


@pytest.fixture(scope='module')
def page(repo):
    return runpy.run_path(str(repo / 'docs' / 'make_zoo_page.py'))


@pytest.fixture(scope='module')
def entries(page):
    return page['read_configs']()


def test_page_and_metafile_are_up_to_date(page, entries):
    """If not: python docs/make_zoo_page.py."""
    assert page['PAGE'].read_text() == page['zoo_page'](entries)
    assert page['METAFILE'].read_text() == page['metafile'](entries)


@pytest.mark.parametrize('name', list_cards())
def test_a_set_has_a_converter_with_help(name, run_here, capsys):
    with pytest.raises(SystemExit, match='0'):
        run_here(f'dataset_converters/{name}.py', '--help')
    printed = capsys.readouterr().out
    assert f'python tools/dataset_converters/{name}.py' in printed
    assert load_card(name).address in printed


@pytest.mark.parametrize('name', list_cards())
def test_a_set_has_configs(name, entries):
    own = [e for e in entries if e.card and e.card.name == name]
    starts = {entry.start for entry in own}
    assert {'random', 'GeoKR'} <= starts
    classes = len(load_card(name).classes)
    for entry in own:
        assert f'dataset_converters/{name}.py' in texts(entry.path)
        model = entry.settings.model
        head = model.get('head') or model.get('decode_head')
        if head:
            assert head.num_classes == classes


def texts(path):
    """A config and its bases as text."""
    from mmengine.config import Config

    text = path.read_text()
    for base in Config._get_base_files(str(path)):
        text += texts((path.parent / base).resolve())
    return text


def test_an_unknown_set():
    with pytest.raises(InputError, match='atlantis: no such data set; .*aid'):
        load_card('atlantis')
