"""The linear probe: solver, protocol, bands and table."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from geokr_mm.benchmark import classifiers, features, read_rows
from geokr_mm.benchmark.probe import run_probe
from geokr_mm.benchmark.protocol import Probe
from geokr_mm.errors import InputError
from geokr_mm.export.card import digest


def blobs(n=40, classes=3, dim=12, seed=0, gap=2.0):
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(classes), n)
    centres = gap * rng.normal(size=(classes, dim))
    return centres[labels] + rng.normal(size=(len(labels), dim)), labels


@pytest.mark.parametrize('strength', [1e-2, 1.0])
@pytest.mark.parametrize('n', [2, 40])
def test_fit_is_a_minimum(n, strength):
    """The gradient, by its formula in plain numpy, is nought there."""
    x, y = blobs(n)
    *scaler, model = classifiers.fit(x, y, strength)
    x = scaler[0].transform(x)
    assert x.mean(axis=0) == pytest.approx(0) and x.std() == pytest.approx(1)
    scores = model.decision_function(x)
    share = np.exp(scores - scores.max(axis=1, keepdims=True))
    share /= share.sum(axis=1, keepdims=True)
    error = (share - np.eye(3)[y]) / len(y)
    slope = x.T @ error + strength * model.coef_.T
    assert np.abs(slope).max() < 1e-4
    assert np.abs(error.sum(axis=0)).max() < 1e-4


def test_draws_are_even_disjoint_and_paired():
    labels = np.repeat([0, 1, 2], [10, 12, 14])
    train, test = classifiers.draw(labels, 4, seed=7)
    assert np.bincount(labels[train]).tolist() == [4, 4, 4]
    assert sorted([*train, *test]) == list(range(36))
    again, _ = classifiers.draw(labels, 4, seed=7)
    other, _ = classifiers.draw(labels, 4, seed=8)
    assert (train == again).all() and (train != other).any()
    with pytest.raises(ValueError, match='class 0 has 10 images'):
        classifiers.draw(labels, 10, seed=0)


def test_features_that_do_not_vary_in_training_do_not_count():
    x, y = blobs(10)
    model = classifiers.fit(np.c_[x, np.full(30, 5.0)], y, 0.1)
    same, other = np.c_[x, np.full(30, 5.0)], np.c_[x, np.full(30, 1e9)]
    assert (model.predict(same) == model.predict(other)).all()
    scaled = model[0].transform(np.array([[*x[0], 5.0]]))
    assert scaled[0, -1] == 0 and model[-1].coef_[:, -1].tolist() == [0, 0, 0]


def test_probe_knows_signal_from_noise():
    x, y = blobs(60)
    assert classifiers.linear_probe(x, y, 10, seed=0) > 97
    noise = np.random.default_rng(1).normal(size=(180, 12))
    assert 20 < classifiers.linear_probe(noise, y, 10, seed=0) < 47


class NearestCentre:
    """Predicts the centre with the largest product."""

    def __init__(self, centres):
        self.centres = centres

    def predict(self, features):
        return np.argmax(features @ self.centres.T, axis=1)


def test_penalty_is_chosen_by_hits_in_training(monkeypatch):
    x, y = blobs(10, gap=5.0)
    assert classifiers.choose_strength(x, y, seed=0) == 10.0  # all hit: a tie
    seen = []

    def fit(features, labels, strength):
        seen.append(np.bincount(labels).tolist())
        # One candidate takes the nearest centre, the others the farthest.
        sign = 1 if strength == 0.1 else -1
        centres = np.stack([features[labels == k].mean(0) for k in range(3)])
        return NearestCentre(sign * centres)

    monkeypatch.setattr(classifiers, 'fit', fit)
    assert classifiers.choose_strength(x, y, seed=0) == 0.1
    assert seen == [[8, 8, 8]] * 20  # five folds, four candidates


def test_one_label_a_class_takes_the_strongest_penalty():
    x, y = blobs(1)
    assert classifiers.choose_strength(x, y, seed=0) == 10.0


def test_order_of_channels():
    assert features.channel_order(None) == [0, 1, 2]
    assert features.channel_order(['blue', 'Green', 'red']) == [2, 1, 0]
    with pytest.raises(InputError, match='there is no nir'):
        features.channel_order(['red', 'green', 'nir'])


class Mean(nn.Module):
    """Passes its input on, as a backbone's last stage."""

    def forward(self, images):
        return images * 0, images


@pytest.mark.parametrize('bands', [None, ['blue', 'green', 'red']])
def test_bands_and_statistics_reach_the_network(tmp_path, bands):
    """A red image is red to a network that was taught in another order."""
    path = tmp_path / 'a' / 'red.png'
    path.parent.mkdir()
    Image.new('RGB', (8, 8), (200, 100, 50)).save(path)
    found = features.extract(
        Mean(),
        [path],
        4,
        mean=[0.0, 0.0, 50.0],
        std=[1.0, 2.0, 1.0],
        bands=bands,
        quiet=True,
    )
    expected = [50, 50, 150] if bands else [200, 50, 0]
    assert found[0].tolist() == expected


def test_resizing_averages(tmp_path):
    """A fine chequered pattern becomes its mean, not one of its pixels."""
    board = np.indices((64, 64)).sum(axis=0) % 2 * 200
    path = tmp_path / 'b.png'
    Image.fromarray(np.stack([board] * 3, -1).astype(np.uint8)).save(path)
    small = features.read_image(path, 8, [0, 1, 2])
    assert small.shape == (3, 8, 8)
    assert torch.allclose(small, torch.tensor(100.0), atol=3)


@pytest.fixture
def scenes(tmp_path):
    """Three classes of one colour each."""
    rng = np.random.default_rng(0)
    root = tmp_path / 'scenes'
    for label, name in enumerate(('a', 'b', 'c')):
        (root / name).mkdir(parents=True)
        for i in range(8):
            array = rng.integers(0, 60, (16, 16, 3))
            array[..., label] += 180
            Image.fromarray(array.astype(np.uint8)).save(
                root / name / f'{i}.png'
            )
    (root / 'empty').mkdir()
    return root


SMALL = dict(
    type='mmpretrain.ResNet',
    args=dict(depth=18, stem_channels=8, base_channels=8),
)


def backbone_file(path, card=SMALL, seed=0):
    tensors = features.build_backbone(SMALL, seed=seed).state_dict()
    torch.save(
        dict(
            state_dict=tensors,
            meta=dict(architecture=card, sha256=digest(tensors)),
        ),
        path,
    )
    return path


def test_rows_of_a_run(scenes, tmp_path, monkeypatch):
    monkeypatch.setattr(features, 'ARCHITECTURE', SMALL)
    out = tmp_path / 'results.csv'
    path = backbone_file(tmp_path / 'b.pth')
    test = Probe(str(scenes), labels=(2, 5), draws=3, size=32)
    found = run_probe(test, str(path), 'mine', out=out)
    test = Probe(str(scenes), labels=(2,), draws=3, size=32)
    random = run_probe(test, 'random', 'random', init_seeds=2, out=out)
    for metric in ('accuracy', 'knn accuracy'):
        mine, start = found[metric], random[metric]
        assert len(mine[2]) == len(mine[5]) == len(start[2]) == 3
        assert np.mean(mine[5]) > 80
        # The file holds what seed 0 gives, which random draws 0 and 2 use.
        assert start[2][0] == mine[2][0] and start[2][2] == mine[2][2]
    rows = read_rows(out)
    metrics = [r['metric'] for r in rows]
    assert metrics[:12] == ['accuracy'] * 6 + ['knn accuracy'] * 6
    values = [float(r['value']) for r in rows[6:9]]
    assert values == pytest.approx(found['knn accuracy'][2], rel=1e-5)
    assert [(r['method'], r['labels'], r['seed']) for r in rows[:4]] == [
        ('mine', '2 per class', '0'),
        ('mine', '2 per class', '1'),
        ('mine', '2 per class', '2'),
        ('mine', '5 per class', '0'),
    ]
    assert rows[0]['protocol'] == 'linear probe, 32 px'
    assert rows[0]['dataset'] == 'scenes'
    tensors = torch.load(path, weights_only=True)['state_dict']
    assert rows[0]['checkpoint_sha256'] == digest(tensors)
    assert rows[-1]['checkpoint_sha256'] == ''
    first = found['accuracy'][2][0]
    assert float(rows[0]['value']) == pytest.approx(first, rel=1e-5)


@pytest.mark.parametrize('size', [32, 64])
def test_transformers_are_read_patch_by_patch(scenes, size):
    tiny = dict(
        type='mmpretrain.VisionTransformer',
        args=dict(arch='deit-tiny', img_size=32, patch_size=8),
    )
    network = features.build_backbone(tiny, seed=3)
    files, _, _ = features.list_images(scenes)
    found = features.extract(
        network, files[:2], size, features.MEAN, features.STD, quiet=True
    )
    pixels = torch.stack(
        [features.read_image(path, size, [0, 1, 2]) for path in files[:2]]
    )
    shift, scale = torch.tensor(features.MEAN), torch.tensor(features.STD)
    with torch.inference_mode():
        (maps,) = network(
            (pixels - shift.view(-1, 1, 1)) / scale.view(-1, 1, 1)
        )
    assert maps.shape == (2, 192, size // 8, size // 8)
    np.testing.assert_allclose(
        found, maps.mean(dim=(2, 3)).double().numpy(), rtol=1e-5, atol=1e-6
    )


def test_bad_input(scenes, tmp_path):
    with pytest.raises(InputError, match='no such folder'):
        features.list_images(tmp_path / 'none')
    with pytest.raises(InputError, match='holds 0 folders'):
        features.list_images(scenes / 'a')
    test = Probe(str(scenes), labels=(2,), draws=1, size=32)
    other = dict(SMALL, args=dict(SMALL['args'], depth=34))
    path = backbone_file(tmp_path / 'b.pth', other)
    with pytest.raises(InputError, match='do not fit its card'):
        run_probe(test, str(path), 'x')
    path = backbone_file(tmp_path / 'c.pth')
    with pytest.raises(InputError, match='8 for training.*give a smaller'):
        run_probe(replace(test, labels=(8,)), str(path), 'x')
    (scenes / 'a' / '0.png').write_bytes(b'x')
    with pytest.raises(InputError, match=r'0.png: is damaged'):
        run_probe(test, str(path), 'x')


def test_tool_reports_bad_input(tmp_path, repo):
    done = subprocess.run(
        [
            sys.executable,
            str(repo / 'tools' / 'linear_probe.py'),
            str(tmp_path / 'none'),
        ],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert done.returncode == 2
    assert done.stderr.startswith('error: ') and 'none' in done.stderr
