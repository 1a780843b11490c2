"""The demo's page and table, from a real run at its smallest."""

import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from geokr_mm.benchmark.ground_truth import GroundTruth
from geokr_mm.demo.plan import ITERATIONS, PRETRAIN, TASKS, Layout
from geokr_mm.demo.results import (
    accuracy,
    choose_examples,
    compare,
    read_scalars,
    smooth,
    text_table,
)
from geokr_mm.errors import InputError
from geokr_mm.geo.index.knowledge_index import KnowledgeIndex


@pytest.fixture(scope='module')
def layout(
    tiny_world: Path,
    tiny_index: Path,
    tmp_path_factory: pytest.TempPathFactory,
    repo: Path,
) -> Layout:
    """A demo folder on the tiny planet: two iterations of everything."""
    from mmengine.config import Config
    from mmengine.runner import Runner

    import geokr_mm.registry  # noqa: F401
    from geokr_mm.benchmark.finetune import Run, finetune
    from geokr_mm.engine.settings import settle_knowledge
    from geokr_mm.export import export_backbone

    layout = Layout(repo, tmp_path_factory.mktemp('demo') / 'out', 1)
    layout.out.mkdir()
    shutil.copytree(tiny_world, layout.world)
    (layout.world / 'index.parquet').rename(layout.index)
    # Paths in the index are relative to its folder.
    (layout.out / 'scenes').symlink_to(layout.world / 'scenes')
    config = Config.fromfile(str(repo / PRETRAIN))
    config.work_dir = str(layout.pretrain)
    config.train_dataloader.dataset.index = str(layout.index)
    config.train_dataloader.batch_size = 4
    config.train_cfg.max_iters = 2
    config.default_hooks.logger.interval = 1
    config.experiment_name = 'demo-page'
    settle_knowledge(config)
    Runner.from_cfg(config).train()
    (layout.pretrain / 'iter_2.pth').rename(layout.checkpoint)
    assert str(ITERATIONS) in layout.checkpoint.name
    export_backbone(layout.checkpoint, layout.backbone)
    short = {
        'scenes': ('train_cfg.max_epochs=1', 'train_dataloader.batch_size=14'),
        'cover': ('train_cfg.max_iters=2',),
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv('GEOKR_WORLD', str(layout.world))
        for task in TASKS:
            runs = [
                Run(
                    repo / task.config,
                    layout.runs(task) / f'{method}-0',
                    init,
                    method,
                    labels=2,
                    options=short[task.name],
                )
                for method, init in (
                    ('random', 'random'),
                    ('geokr', str(layout.backbone)),
                )
            ]
            finetune(runs, layout.results(task))
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


@pytest.mark.slow
def test_page_has_everything_and_needs_nothing(layout):
    from geokr_mm.demo.report import demo_page

    text = demo_page(layout)
    parser = Text()
    parser.feed(text)
    assert parser.open == []
    assert not re.search(r'(src|href)="(?!data:)', text)
    assert not re.search(r'https?:|<script|url\(', text)
    for heading in (
        'Fine-tuning from few labels',
        'Segmentation of test images',
        'Patches and their class fractions',
        'Map, student and teacher against the truth',
        'Pre-training',
        'Where the patches lie',
        'How this was made',
    ):
        assert heading in parser.text
    for word in (
        'cultivated',
        'student',
        'teacher',
        'truth',
        'map of 2010',
        'Knowledge loss',
        'Correction loss',
        '$ python ',
    ):
        assert word in parser.text
    for comparison in compare(layout):
        assert f'{comparison.values["geokr"][0]:.1f}' in parser.text


def test_table_holds_what_the_runs_wrote(layout):
    found = compare(layout)
    assert [c.task.name for c in found] == ['scenes', 'cover']
    for c in found:
        assert all(len(v) == 1 and 0 <= v[0] <= 100 for v in c.values.values())
    lines = text_table(found).splitlines()
    assert lines[0].split() == [
        'task',
        'labels',
        'measure',
        'random',
        'GeoKR',
        'gain',
    ]
    assert f'{found[0].gain:+.1f}' in lines[1]


def test_rows_of_the_twins_differ_in_the_backbone_only(layout):
    from geokr_mm.benchmark.results import read_rows
    from geokr_mm.export import load_backbone

    digest = load_backbone(layout.backbone)[1]['sha256']
    random, geokr = read_rows(layout.results(TASKS[0]))
    assert (random['model'], geokr['model']) == ('random', 'geokr')
    assert (random['checkpoint_sha256'], geokr['checkpoint_sha256']) == (
        '',
        digest,
    )
    for key in ('dataset', 'method', 'shots', 'seed', 'metric_name'):
        assert random[key] == geokr[key]
    assert geokr['shots'] == '2'


def test_runs_keep_no_weights_but_their_masks(layout):
    for task in TASKS:
        assert not list(layout.runs(task).rglob('*.pth'))
    masks = list(layout.predictions(TASKS[1], 'geokr', 0).glob('*.png'))
    truth = list((layout.world / 'segmentation/masks/test').glob('*.png'))
    assert {m.name for m in masks} == {t.name for t in truth}


def test_networks_read_fractions(layout):
    from geokr_mm.export.predict import read_fractions

    read = read_fractions(layout.checkpoint, layout.index, batch_size=7)
    count = len(KnowledgeIndex.open(layout.index).kept())
    for branch in ('student', 'teacher'):
        assert read[branch].shape == (count, 10)
        np.testing.assert_allclose(read[branch].sum(axis=1), 1, rtol=1e-5)
    # A teacher moved twice is near its student, but not the same.
    assert 0 < np.abs(read['student'] - read['teacher']).max() < 0.5


def test_other_checkpoints_are_refused(layout):
    from geokr_mm.export.predict import read_fractions

    with pytest.raises(InputError, match='not a checkpoint of a GeoKR'):
        read_fractions(layout.backbone, layout.index)


def test_truth_is_near_the_map(layout):
    """The map is old and coarse, but it is a map of this planet."""
    index = KnowledgeIndex.open(layout.index).kept()
    truth = GroundTruth(index, layout.world).fractions
    np.testing.assert_allclose(truth.sum(axis=1), 1, rtol=1e-5)
    own = 0.5 * np.abs(truth - index.fractions).sum(axis=1).mean()
    other = 0.5 * np.abs(truth[::-1] - index.fractions).sum(axis=1).mean()
    assert 0 < own < 0.7 * other


def test_true_map_has_class_indices(layout):
    from geokr_mm.demo.report import true_map

    index = KnowledgeIndex.open(layout.index).kept()
    truth = GroundTruth(index, layout.world).fractions
    for row in (0, len(index) - 1):
        indices = true_map(index, row, layout)
        patch = index.record(row).window
        assert indices.shape == (patch.height, patch.width)
        counts = np.bincount(indices.ravel(), minlength=256)
        # The sea has no class.
        assert set(np.flatnonzero(counts)) <= {*range(10), 255}
        np.testing.assert_allclose(
            counts[:10] / counts[:10].sum(), truth[row], atol=1e-6
        )


def test_report_tool_on_an_index(layout, tmp_path, monkeypatch, capsys):
    from geokr_mm.visualization.report import index_page

    whole = index_page(layout.index, each=2)
    assert 'globeland30 2010' in whole and 'teacher' not in whole
    drawn = index_page(
        layout.index, None, [str(layout.world / 'landcover')], each=2
    )
    # The product itself has more detail than the one stored cell.
    assert len(drawn) > len(whole)


def test_accuracy_leaves_out_what_has_no_truth():
    truth = np.array([1, 1, 2, 255])
    assert accuracy(np.array([1, 0, 2, 7]), truth) == pytest.approx(2 / 3)
    assert accuracy(truth, np.full(4, 255)) == 0


def test_examples_stand_at_fixed_ranks(tmp_path):
    for name in ('images', 'masks', 'random', 'geokr'):
        (tmp_path / name).mkdir()
    for n in range(10):
        name = f'{n}.png'
        Image.fromarray(np.zeros((3, 3, 3), np.uint8)).save(
            tmp_path / 'images' / name
        )
        truth = np.zeros((3, 3), np.uint8)
        Image.fromarray(truth).save(tmp_path / 'masks' / name)
        Image.fromarray(truth + 1).save(tmp_path / 'random' / name)
        # Image n has n pixels right.
        geokr = (np.arange(9) >= n).astype(np.uint8).reshape(3, 3)
        Image.fromarray(geokr).save(tmp_path / 'geokr' / name)
    found = choose_examples(
        tmp_path / 'images',
        tmp_path / 'masks',
        {s: tmp_path / s for s in ('random', 'geokr')},
    )
    assert [e.name for e in found] == ['9', '7', '5', '4', '2', '0']
    assert found[0].kind == 'Largest gain'
    assert found[1].right == {'random': 0.0, 'geokr': pytest.approx(7 / 9)}


def test_scalars_of_the_last_run_are_read(tmp_path):
    for day, loss in (('20260101', 3.0), ('20260102', 2.0)):
        folder = tmp_path / day / 'vis_data'
        folder.mkdir(parents=True)
        lines = [
            {'loss': loss, 'step': 1, 'tv': 0.5},
            {'accuracy': 1.0, 'step': 1},
            {'loss': loss / 2, 'step': 2, 'tv': 0.25},
        ]
        text = ''.join(json.dumps(line) + '\n' for line in lines)
        (folder / 'scalars.json').write_text(text)
    found = read_scalars(tmp_path)
    assert found['loss'].tolist() == [2.0, 1.0]
    assert found['step'].tolist() == [1, 2]
    with pytest.raises(InputError, match='no log'):
        read_scalars(tmp_path / 'none')


def test_smoothing_keeps_a_line_and_its_ends():
    line = np.arange(8.0)
    np.testing.assert_allclose(smooth(line)[2:-2], line[2:-2])
    np.testing.assert_allclose(smooth(np.ones(8)), 1)
    assert smooth(line)[0] == pytest.approx(1.0)
