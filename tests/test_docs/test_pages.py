"""Pages are short, and what they name exists."""

import contextlib
import functools
import io
import re
import runpy
import sys
from pathlib import Path
from unittest import mock

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCS = sorted((ROOT / 'docs').glob('*.md'))
PAGES = [
    ROOT / 'README.md',
    ROOT / 'CONTRIBUTING.md',
    *DOCS,
    *sorted((ROOT / 'configs').glob('*/README.md')),
]
NAMES = ('products', 'zoo', 'zoo-results')
GENERATED = [ROOT / 'docs' / f'{name}.md' for name in NAMES]
# What scripts write between marks.
WRITTEN = re.compile(r'<!-- ([\w-]+)[^>]*-->\n.*?<!-- /\1 -->', re.S)
# In backticks or commands, and as the target of a link.
NAMED = re.compile(
    r'(?<![\w/.:<-])((?:geokr_mm|tools|configs|benchmarks|docs|tests)/'
    r'[\w./*-]+)'
)
PLACEHOLDER = re.compile(r'/[A-Z]+\b(?!\.md)')
LINK = re.compile(r'\]\((?!https?:)([^)#\s]*)(?:#([^)]+))?\)')
# Of our package, as Python writes them: modules and registered types.
DOTTED = re.compile(r'geokr_mm(?:\.\w+)+')


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def anchors(page: Path) -> set[str]:
    """Of the headings, as GitHub and MyST make them."""
    text = re.sub(r'^```.*?^```', '', page.read_text(), flags=re.M | re.S)
    titles = re.findall(r'^#+ (.+)$', text, flags=re.M)
    plain = [re.sub(r'[^\w\- ]', '', title.lower()) for title in titles]
    return {title.replace(' ', '-') for title in plain}


@pytest.fixture(params=PAGES, ids=relative)
def page(request) -> Path:
    return request.param


def test_named_files_exist(page):
    if page in GENERATED:
        return  # They cite files of others.
    names = {name.rstrip('./') for name in NAMED.findall(page.read_text())}
    names -= {name for name in names if PLACEHOLDER.search(name)}
    assert not {name for name in names if not any(ROOT.glob(f'{name}*'))}


def test_links_lead_somewhere(page):
    links = LINK.findall(page.read_text()) if page not in GENERATED else []
    for target, anchor in links:
        path = (page.parent / target).resolve() if target else page
        assert path.exists(), target
        if anchor:
            assert anchor in anchors(path), f'{target}#{anchor}'


def test_a_page_has_at_most_200_lines(page):
    limit = 150 if page.name == 'README.md' else 200
    if page not in GENERATED:
        assert len(page.read_text().splitlines()) <= limit


def test_the_pages_together_stay_short():
    """Tables that scripts write do not count."""
    lines = [
        len(WRITTEN.sub('', path.read_text()).splitlines())
        for path in DOCS
        if path not in GENERATED
    ]
    assert sum(lines) <= 2300


def test_every_image_is_used():
    texts = ''.join(page.read_text() for page in PAGES)
    for image in (ROOT / 'docs' / 'images').iterdir():
        assert f'images/{image.name})' in texts, image.name


def defined(dotted: str) -> bool:
    """Whether a module, or a class or function in one, exists."""
    path, parts = ROOT / 'geokr_mm', dotted.split('.')[1:]
    while parts and (path / parts[0]).is_dir():
        path /= parts.pop(0)
    if parts and path.joinpath(f'{parts[0]}.py').is_file():
        path /= f'{parts.pop(0)}.py'
    files = [path] if path.is_file() else path.rglob('*.py')
    names = re.compile(rf'(?:class|def) {parts[0]}\b') if parts else None
    return names is None or any(names.search(f.read_text()) for f in files)


def test_named_modules_and_types_exist(page):
    names = set(DOTTED.findall(page.read_text()))
    assert not {name for name in names if not defined(name)}


@functools.cache
def help_of(tool: str) -> str:
    """What ``python tools/TOOL --help`` prints."""
    text = io.StringIO()
    arguments = mock.patch.object(sys, 'argv', [tool, '--help'])
    with (
        arguments,
        contextlib.redirect_stdout(text),
        contextlib.suppress(SystemExit),
    ):
        runpy.run_path(str(ROOT / 'tools' / tool), run_name='__main__')
    return text.getvalue()


def test_options_in_shell_blocks_exist(page):
    blocks = re.findall(r'^```bash\n(.*?)^```', page.read_text(), re.M | re.S)
    commands = ''.join(blocks).replace('\\\n', ' ')
    for tool, rest in re.findall(r'tools/(\w+\.py)([^\n#]*)', commands):
        for option in re.findall(r'(?<= )--[\w-]+', rest):
            assert re.search(rf'{option}\b', help_of(tool)), f'{tool} {option}'


def test_the_api_page_has_the_whole_geography():
    from geokr_mm import geo

    block = (ROOT / 'docs' / 'api.md').read_text().split('```')[1]
    assert {*re.findall(r':: (\w+)$', block, re.M)} >= {*geo.__all__}
