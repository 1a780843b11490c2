"""The demo's pages and table, on a tiny Earth and the tiny planet."""

import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from PIL import Image

from geokr_mm.benchmark.ground_truth import GroundTruth
from geokr_mm.benchmark.results import append_rows
from geokr_mm.demo.plan import Layout
from geokr_mm.demo.results import compare, text_table
from geokr_mm.earth.scenes import write_scenes
from geokr_mm.errors import InputError
from geokr_mm.geo.index.knowledge_index import KnowledgeIndex
from geokr_mm.geo.index.segmentation_export import write_masks
from geokr_mm.geo.landcover.landcover import LandCover
from geokr_mm.geo.pipeline.cli import main as build_index

PRETRAIN = 'configs/geokr/geokr_resnet18_1xb64-coslr-280i_demo-earth.py'
SCENES = {'elsewhere': 'N50E020', 'americas': 'N50W100'}


def write_globe(path: Path, codes: np.ndarray) -> None:
    """A map of the globe (h, w) uint8 in degrees."""
    path.parent.mkdir(parents=True)
    height, width = codes.shape
    with rasterio.open(
        path, 'w', driver='GTiff', dtype='uint8', count=1, width=width,
        height=height, crs='EPSG:4326',
        transform=Affine(360 / width, 0, -180, 0, -180 / height, 90),
    ) as target:  # fmt: skip
        target.write(codes, 1)


def write_results(layout: Layout, truth: Path) -> None:
    """Results and predicted masks, as other tools write them.

    GeoKR's masks are right but for their left columns, the others wrong.
    """
    for task in layout.all_tasks():
        for start, value in (('random', 40.0), ('geokr', 60.0)):
            for seed in range(layout.seeds):
                figure = dict(
                    dataset='tiny', method=task.test, shots='2', seed=seed,
                    metric_name='any', metric_value=value + seed,
                )  # fmt: skip
                append_rows(
                    layout.results(task),
                    [figure],
                    protocol='test',
                    model=start,
                )
            if task.name not in ('zones', 'cover'):
                continue
            folder = layout.predictions(task, start, 0)
            folder.mkdir(parents=True)
            for number, path in enumerate(sorted(truth.glob('*.png'))):
                mask = np.array(Image.open(path))
                wrong = number if start == 'geokr' else mask.shape[1]
                mask[:, :wrong] = (mask[:, :wrong] + 1) % 5
                Image.fromarray(mask).save(folder / path.name)


@pytest.fixture(scope='module')
def layout(tmp_path_factory: pytest.TempPathFactory, repo: Path) -> Layout:
    """A demo folder on a tiny Earth, with two iterations of pre-training."""
    from mmengine.config import Config
    from mmengine.runner import Runner

    import geokr_mm.registry  # noqa: F401
    from geokr_mm.engine.settings import settle_knowledge

    layout = Layout(repo, tmp_path_factory.mktemp('demo') / 'out', 2)
    earth, rng = layout.earth, np.random.default_rng(0)
    noise = rng.integers(0, 256, (18, 36, 3), np.uint8)
    earth.mkdir(parents=True)
    Image.fromarray(noise).resize((1080, 540)).save(earth / 'blue_marble.jpg')
    write_scenes(earth / 'blue_marble.jpg', earth / 'scenes')
    write_globe(
        earth / 'mcd12c1/MCD12C1.A2019001.tif',
        rng.integers(1, 17, (90, 180), np.uint8),
    )
    write_globe(
        earth / 'koppen_geiger/map.tif',
        rng.integers(1, 6, (90, 180), np.uint8),
    )
    for part, out in (
        ('elsewhere', layout.index),
        ('americas', layout.americas),
    ):
        build_index(
            [
                *('--scenes', f'{earth}/scenes/{part}/*{SCENES[part]}.tif'),
                *('--product', 'mcd12c1', '--legend', 'native'),
                *('--land-cover', str(earth / 'mcd12c1')),
                *('--patch-size', '12', '--stretch', 'none', '--no-filter'),
                *('low_contrast', '--out', str(out), '--quiet'),
            ]
        )
    zones = LandCover.open(
        'koppen_geiger', [earth / 'koppen_geiger'], legend='native'
    )
    tiles = KnowledgeIndex.open(layout.americas)
    write_masks(tiles, zones, layout.masks, 0.7, 10, quiet=True)
    config = Config.fromfile(str(repo / PRETRAIN))
    config.work_dir = str(layout.pretrain)
    config.train_dataloader.dataset.update(
        index=str(layout.index), places='all'
    )
    config.train_dataloader.batch_size = 4
    config.train_cfg.max_iters = 2
    config.default_hooks.logger.interval = 1
    config.experiment_name = 'demo-page'
    settle_knowledge(config)
    Runner.from_cfg(config).train()
    (layout.pretrain / 'iter_2.pth').rename(layout.checkpoint)
    write_results(layout, layout.masks / 'masks/val')
    return layout


class Text(HTMLParser):
    """Collects the text and checks that elements are closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text = ''

    def handle_starttag(self, tag, attrs):
        if tag not in ('meta', 'img'):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if 'style' not in self.open:
            self.text += data


def read_page(text: str) -> str:
    """The words of a page that is whole and needs no other file."""
    parser = Text()
    parser.feed(text)
    assert parser.open == []
    assert not re.search(r'(src|href)="(?!data:)', text)
    assert not re.search(r'https?:|<script|url\(', text)
    return parser.text


def test_page_of_the_earth_has_everything(layout):
    from geokr_mm.demo.report import demo_page

    shown = read_page(demo_page(layout))
    for words in (
        'Two tasks from few labels',
        'The land cover of the Earth, predicted from pixels',
        '25 patches of the Americas, never seen',
        'always the mean',
        'Disputed: map and network are furthest apart',
        'Middle: half of all patches are further apart',
        'Climate zones of the Americas',
        'Climate zones per pixel: test images',
        'Worst',
        'map of 2019',
        'Knowledge loss',
        '$ python ',
    ):
        assert words in shown
    for comparison in compare(layout):
        assert '60.5 ± 0.7' in shown and f'{comparison.gain:+.1f}' == '+20.0'


def test_page_of_the_planet_has_its_own_sections(
    tiny_world, tiny_index, repo, tmp_path
):
    from geokr_mm.demo.planet_page import planet_sections, true_map
    from geokr_mm.visualization.page import page

    planet = Layout(repo, tmp_path, 1, planet=True)
    planet.world, planet.index = tiny_world, tiny_index
    write_results(planet, tiny_world / 'segmentation/masks/test')
    index = KnowledgeIndex.open(tiny_index)
    predicted = {'teacher': index.kept().fractions}
    shown = read_page(page('', '', planet_sections(planet, index, predicted)))
    for words in (
        'Land-cover segmentation, backbone frozen: test images',
        'Map, student and teacher against the truth',
        'truth',
        'map of 2010',
        'Where the patches lie',
    ):
        assert words in shown

    # The map is old and coarse, but it is a map of this planet.
    index = index.kept()
    truth = GroundTruth(index, tiny_world).fractions
    np.testing.assert_allclose(truth.sum(axis=1), 1, rtol=1e-5)
    own = 0.5 * np.abs(truth - index.fractions).sum(axis=1).mean()
    other = 0.5 * np.abs(truth[::-1] - index.fractions).sum(axis=1).mean()
    assert 0 < own < 0.7 * other
    for row in (0, len(index) - 1):
        indices = true_map(index, row, planet)
        patch = index.record(row).window
        assert indices.shape == (patch.height, patch.width)
        counts = np.bincount(indices.ravel(), minlength=256)
        # The sea has no class.
        assert set(np.flatnonzero(counts)) <= {*range(10), 255}
        np.testing.assert_allclose(
            counts[:10] / counts[:10].sum(), truth[row], atol=1e-6
        )


def test_table_holds_what_the_runs_wrote(layout):
    found = compare(layout)
    assert [c.task.name for c in found] == ['group', 'zones']
    assert found[0].values == {'random': [40.0, 41.0], 'geokr': [60.0, 61.0]}
    lines = text_table(found).splitlines()
    assert lines[0].split() == [
        'task', 'labels', 'measure', 'random', 'GeoKR', 'gain',
    ]  # fmt: skip
    assert lines[1].startswith('Climate group') and lines[1].endswith('+20.0')


def test_networks_read_fractions(layout):
    from geokr_mm.export.predict import read_fractions

    read = read_fractions(layout.checkpoint, layout.index, batch_size=7)
    count = len(KnowledgeIndex.open(layout.index).kept())
    for branch in ('student', 'teacher'):
        assert read[branch].shape == (count, 17)
        np.testing.assert_allclose(read[branch].sum(axis=1), 1, rtol=1e-5)
    # A teacher moved twice is near its student, but not the same.
    assert 0 < np.abs(read['student'] - read['teacher']).max() < 0.5


def test_a_backbone_file_is_no_checkpoint(layout, tmp_path):
    from geokr_mm.export import export_backbone
    from geokr_mm.export.predict import read_fractions

    export_backbone(layout.checkpoint, tmp_path / 'backbone.pth')
    with pytest.raises(InputError, match='not a checkpoint of a GeoKR'):
        read_fractions(tmp_path / 'backbone.pth', layout.index)


def test_report_tool_on_an_index(layout):
    from geokr_mm.visualization.report import index_page

    whole = index_page(layout.index, each=2)
    assert 'mcd12c1 2019' in whole and 'teacher' not in whole
    drawn = index_page(
        layout.index, None, [str(layout.earth / 'mcd12c1')], each=2
    )
    # The product itself has more detail than the one stored cell.
    assert len(drawn) > len(whole)
