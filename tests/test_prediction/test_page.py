"""The page opens from disk in a real browser, on a phone, by keyboard."""

import json
import re
import shutil
import subprocess

import pytest

from geokr_mm.prediction.cover import predict_cover
from geokr_mm.prediction.options import PredictOptions, RunOptions

# Runs in the page and leaves what it saw in the document.
LOOK = """
<pre id="seen"></pre><script>addEventListener('load', () => {
  const links = [...document.querySelectorAll('a[href^="#"]')]
  const reached = links.filter(link => {
    link.focus()
    const goal = link.getAttribute('href').slice(1)
    return document.activeElement === link && document.getElementById(goal)
  })
  const images = [...document.images]
  document.getElementById('seen').textContent = JSON.stringify({
    wide: document.documentElement.scrollWidth, window: innerWidth,
    links: links.length, reached: reached.length,
    images: images.length,
    loaded: images.filter(i => i.complete && i.naturalWidth).length,
    named: images.filter(i => i.alt).length,
  })
})</script>
"""


@pytest.fixture(scope='module')
def page(gridded, index, tmp_path_factory):
    folder = tmp_path_factory.mktemp('page') / 'out'
    predict_cover(
        PredictOptions(
            checkpoint=str(gridded),
            scenes=(str(index.with_suffix('.tif')),),
            product='worldcover',
            year=2021,
            land_cover=(str(index.with_name('map.tif')),),
            held_out=str(index),
            least=0.3,
            areas=25,
            out=str(folder),
        ),
        'predict_cover.py <b> & more',
        RunOptions(quiet=True, device='cpu'),
    )
    return folder / 'index.html'


def test_the_page_needs_no_other_site(page):
    text = page.read_text()
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', text)
    assert 'predict_cover.py &lt;b&gt; &amp; more' in text
    for name in re.findall(r'href="([^"#:]+)"', text):
        assert (page.parent / name).is_file()
    assert text.count('id="area-') == 20 and 'has all 25' in text


@pytest.mark.slow
def test_a_browser_shows_it_at_phone_width(page, tmp_path):
    browser = next(
        filter(None, map(shutil.which, ('chromium', 'google-chrome'))), None
    )
    if browser is None:
        pytest.skip('no Chromium here')
    looked = tmp_path / 'looked.html'
    looked.write_text(page.read_text().replace('</body>', f'{LOOK}</body>'))
    done = subprocess.run(
        [
            browser, '--headless', '--no-sandbox', '--disable-gpu',
            f'--user-data-dir={tmp_path / "profile"}',
            '--window-size=390,900', '--dump-dom', looked.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=240,
    )  # fmt: skip
    seen = json.loads(re.search(r'id="seen">(.*?)</pre>', done.stdout)[1])
    assert seen['wide'] <= seen['window'] <= 500
    assert seen['links'] == seen['reached'] >= 40
    assert seen['images'] == seen['loaded'] == seen['named'] > 60
