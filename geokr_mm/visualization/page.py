"""One self-contained HTML page from sections."""

from collections.abc import Sequence
from importlib import resources
from pathlib import Path

from geokr_mm.errors import InputError
from geokr_mm.files import written_whole

from .markup import Child, Element, element, write


def section(title: str, *children: Child, lead: str | None = None) -> Element:
    """A part of the page: heading, paragraph ``lead``, then the rest."""
    intro = element('p', lead, class_='lead') if lead else None
    return element('section', element('h2', title), intro, *children)


def table(
    head: Sequence[Child], rows: Sequence[Sequence[Child]], class_: str = ''
) -> Element:
    """A table that scrolls by itself where the screen is too narrow.

    The first cell of each row is its heading.
    """
    body = [
        element(
            'tr',
            element('th', row[0], scope='row'),
            *(element('td', cell) for cell in row[1:]),
        )
        for row in rows
    ]
    top = element('tr', *(element('th', cell, scope='col') for cell in head))
    inner = element(
        'table',
        element('thead', top),
        element('tbody', *body),
        class_=class_ or None,
    )
    return element('div', inner, class_='scroll')


def page(title: str, intro: str, sections: Sequence[Element]) -> str:
    """Write the page: title, first paragraph and sections.

    Returns:
        str: HTML that needs no other file and no network.
    """
    style = resources.files(__package__).joinpath('page.css').read_text()
    head = element(
        'head',
        element('meta', charset='utf-8'),
        element(
            'meta',
            name='viewport',
            content='width=device-width, initial-scale=1',
        ),
        element('title', title),
        element('style', style),
    )
    body = element(
        'body',
        element(
            'header', element('h1', title), element('p', intro, class_='lead')
        ),
        element('main', *sections),
    )
    return '<!DOCTYPE html>\n' + write(element('html', head, body, lang='en'))


def save_page(path: str | Path, text: str) -> None:
    """Write a page whole or not at all.

    Raises:
        InputError: If the folder cannot be written to.
    """
    path = Path(path)
    try:
        with written_whole(path) as draft:
            draft.write_text(text, encoding='utf-8')
    except OSError as error:
        raise InputError(
            f'{path}: cannot be written ({error.strerror}); choose another '
            'place for the page'
        ) from None
