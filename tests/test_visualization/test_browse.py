"""The page on an index, its numbers against the index."""

import re
import shutil
import subprocess
import sys

import numpy as np
import pytest

from geokr_mm.errors import InputError
from geokr_mm.geo.index.knowledge_index import KnowledgeIndex
from geokr_mm.geo.index.statistics import BINS, entropies, overview
from geokr_mm.geo.scenes.quarantine import COLUMNS
from geokr_mm.visualization.bars import counted
from geokr_mm.visualization.browse import browse_page
from geokr_mm.visualization.classes import title_of
from geokr_mm.visualization.world_map import NONE, density


@pytest.fixture(scope='module')
def index(tiny_index):
    return KnowledgeIndex.open(tiny_index)


@pytest.fixture(scope='module')
def text(tiny_index):
    return browse_page(str(tiny_index))


def test_what_is_counted_is_what_the_index_holds(index):
    found, frame = overview(index), index.frame
    keep = frame['keep'].to_numpy()
    assert (found.rows, found.kept) == (len(frame), keep.sum())
    assert found.scenes == frame['scene'].nunique()
    np.testing.assert_allclose(
        found.before, index.fractions.mean(axis=0), atol=1e-6
    )
    kept = index.fractions[keep].astype(np.float64)
    np.testing.assert_allclose(found.after, kept.mean(axis=0), atol=1e-6)
    edges = np.linspace(0, 1, BINS + 1)
    for k in range(kept.shape[1]):
        present = kept[kept[:, k] > 0, k]
        expected = np.histogram(np.minimum(present, 1), edges)[0]
        assert np.abs(found.histograms[k] - expected).sum() <= 2
        assert found.histograms[k].sum() == len(present)
        assert found.absent[k] == len(kept) - len(present)
    assert found.entropy.sum() == len(kept)
    assert found.months == frame['date'].str[:7].value_counts().to_dict()
    assert sum(found.gsd.values()) == len(frame)
    names, counts = np.unique(
        [v for some in frame['verdicts'] for v in some], return_counts=True
    )
    assert found.rejected == dict(zip(names, counts, strict=True))
    assert found.world[..., 0].sum() == found.near[..., 0].sum() == len(frame)
    assert found.world[..., 1].sum() == len(kept)
    np.testing.assert_allclose(
        found.near_classes.sum(axis=(0, 1)), kept.sum(axis=0), rtol=1e-5
    )
    lon, lat = frame['lon'].iloc[0], frame['lat'].iloc[0]
    row, col = int(np.floor(90 - lat)), int(np.floor(lon + 180))
    here = (np.floor(90 - frame['lat']) == row) & (
        np.floor(frame['lon'] + 180) == col
    )
    assert found.world[row, col, 0] == here.sum()


def test_entropy():
    rows = np.array([[1, 0, 0, 0], [0.25] * 4, [0.5, 0.5, 0, 0], [0] * 4])
    assert np.allclose(entropies(rows), [0, 1, 0.5, 0])


def test_steps_of_the_density_map():
    counts = np.array([[0, 1, 2], [10, 100, 1000]])
    steps, limits = density(counts)
    # Each limit is the fifth root of 1001 times the one before.
    assert limits == [1, 3, 15, 63, 251]
    assert steps.tolist() == [[NONE, 0, 0], [1, 3, 4]] and NONE == 255
    assert density(np.array([[0, 7, 8]]))[1] == [1, 2, 3, 5]
    steps, limits = density(np.ones((2, 2), int))
    assert limits == [1] and not steps.any()


def test_the_page_has_these_numbers(index, text):
    found, legend = overview(index), index.metadata.legend
    assert text.startswith('<!DOCTYPE html>')
    assert f'{counted(found.rows)} patches of {found.scenes} scenes' in text
    assert f'{counted(found.kept)} of them passed' in text
    for k in range(len(legend.names)):
        shares = f'{100 * found.after[k]:.1f} %<tspan class="tick">  was '
        assert f'{shares}{100 * found.before[k]:.1f}</tspan>' in text
        present = counted(found.kept - found.absent[k])
        if found.absent[k] < found.kept:
            assert (
                f'<b>{title_of(legend, k)}</b><small>in {present} patches'
                in text
            )
    for name, count in found.rejected.items():
        share = f'{100 * count / found.rows:.1f} %'
        assert f'{name}</th><td>{counted(count)}</td><td>{share}</td>' in text
    assert 'Every scene and patch could be read.' in text
    assert 6 < text.count('class="card"') <= 12
    assert index.metadata.inputs_hash in text
    # Heights of the bars are the counts.
    drawn = re.findall(
        r'<rect class="column"[^>]*height="([\d.]+)"[^>]*>'
        r'<title>[^<]* %: ([\d\u202f]+)</title>',
        text[text.index('How mixed') :],
    )[:BINS]
    heights = np.array([float(h) for h, _ in drawn])
    counts = np.array([int(c.replace('\u202f', '')) for _, c in drawn])
    assert np.array_equal(counts, found.entropy)
    assert np.allclose(heights, counts / counts.max() * 98, atol=0.01)


def test_the_page_needs_no_network(text):
    addresses = re.findall(r'(?:src|href)="([^"]{0,20})', text)
    assert addresses and all(a.startswith('data:image') for a in addresses)
    assert '<script' not in text and '@import' not in text
    assert 'url(' not in text


def test_what_could_not_be_read_is_listed(tiny_index, tmp_path):
    out = tmp_path / 'i.parquet'
    shutil.copy(tiny_index, out)
    lines = [','.join(COLUMNS)]
    lines += ['damaged,a.tif,a,0 0 64 64,x', 'damaged,a.tif,a,0 64 64 64,x']
    lines += ['checksum,b.tif,b,,x']
    (tmp_path / 'i.quarantine.csv').write_text('\n'.join(lines) + '\n')
    text = browse_page(str(out), samples=2)
    assert 'damaged</th><td>2</td>' in text
    assert 'checksum</th><td>1</td>' in text and 'i.quarantine.csv' in text
    # The scenes lie elsewhere: the page names them and shows the rest.
    assert 'Not shown: ' in text and 'no such file' in text
    assert 'class="card"' not in text
    moved = browse_page(str(out), (), str(tiny_index.parent), 2)
    assert moved.count('class="card"') == 2


def test_the_tool(tiny_index, tmp_path, repo):
    out = tmp_path / 'page.html'
    done = subprocess.run(
        [sys.executable, 'tools/browse_index.py', str(tiny_index), '--out',
         str(out), '--samples', '1'],
        cwd=repo, capture_output=True, text=True, check=True,
        env={'PYTHONPATH': str(repo)},
    )  # fmt: skip
    assert done.stdout == f'{out}\n'
    assert out.read_text().count('class="card"') == 1
    with pytest.raises(InputError, match='no such index'):
        browse_page(str(tmp_path / 'none.parquet'))
