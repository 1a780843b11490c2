import runpy

import pytest

from geokr_mm.geo import list_products


@pytest.fixture(scope='module')
def page(repo) -> str:
    script = runpy.run_path(str(repo / 'docs' / 'make_products_page.py'))
    return script['products_page']()


def test_the_page_in_docs_is_the_one_made_from_the_files(page, repo):
    assert (repo / 'docs' / 'products.md').read_text() == page


def test_the_page_shows_codes_colours_and_mapping(page):
    for name in list_products():
        assert f'## {name}\n' in page
    assert '| 70-79 | tundra |' in page
    row = (
        '| 95 | mangroves | <span style="background:#00cf75">&emsp;</span> '
        '`#00cf75` | wetland |'
    )
    assert row in page
