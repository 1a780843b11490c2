from geokr_mm.geo import list_products
from geokr_mm.geo.product_page import products_page


def test_the_page_in_docs_is_the_one_made_from_the_files(repo):
    assert (repo / 'docs' / 'products.md').read_text() == products_page()


def test_the_page_shows_codes_colours_and_mapping():
    page = products_page()
    for name in list_products():
        assert f'## {name}\n' in page
    assert '| 70-79 | tundra |' in page
    row = (
        '| 95 | mangroves | <span style="background:#00cf75">&emsp;</span> '
        '`#00cf75` | wetland |'
    )
    assert row in page
