#!/usr/bin/env python
"""How far mean colour goes on a synthetic world, against a small network.

Two tasks on one world: the class fractions of pre-training patches (true
fractions, held-out places) and the scene classes (train and test folders).
Two readers: a linear model on the mean and the standard deviation-free mean
colour of the picture, and a small convolutional network on its pixels.

Measures, both 0 for a guess and 1 for perfection: R2 pooled over the
classes for fractions; chance-corrected accuracy (acc - 1/K) / (1 - 1/K) for
scene classes. One CSV row per task and reader.

example: python benchmarks/world_colour.py data/world
"""

import json
import time
from pathlib import Path

import numpy as np
import rasterio
import reporting
import torch
from skimage.io import imread
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import nn

PATCH = 64


def fractions_data(world: Path) -> tuple[np.ndarray, ...]:
    """Patches, true fractions, and which belong to held-out places."""
    info = json.loads((world / 'world.json').read_text())
    codes = info['codes']
    images, truth, places = [], [], []
    for path in sorted((world / 'scenes').glob('*.tif')):
        with rasterio.open(path) as src:
            scene = src.read().astype(np.float32)
        with rasterio.open(world / 'truth' / path.name) as src:
            cover = src.read(1)
        # The stretch that the index stores: 1-99 % of each band.
        seen = scene[:, scene.min(0) > 0]
        low, high = np.percentile(seen, (1, 99), axis=1)[:, :, None, None]
        scene = np.clip((scene - low) / (high - low), 0, 1)
        for row in range(0, cover.shape[0] - PATCH + 1, PATCH):
            for col in range(0, cover.shape[1] - PATCH + 1, PATCH):
                part = cover[row : row + PATCH, col : col + PATCH]
                share = np.array([(part == code).mean() for code in codes])
                if share.sum() < 0.5:
                    continue
                images.append(
                    np.float32(scene)[:3, row : row + PATCH, col : col + PATCH]
                )
                truth.append(share / share.sum())
                places.append(path.name.split('_')[0])
    names = sorted(set(places))
    held = set(names[::4])
    return (
        np.stack(images),
        np.float32(truth),
        np.array([p in held for p in places]),
    )


def classes_data(world: Path) -> tuple[np.ndarray, ...]:
    """Pictures, one-hot classes, and which are test pictures."""
    names = sorted(p.name for p in (world / 'classification/train').iterdir())
    images, labels, test = [], [], []
    for split in ('train', 'test'):
        for k, name in enumerate(names):
            for path in sorted(
                (world / 'classification' / split / name).glob('*.png')
            ):
                images.append(imread(path).transpose(2, 0, 1) / 255)
                labels.append(np.eye(len(names))[k])
                test.append(split == 'test')
    return np.float32(images), np.float32(labels), np.array(test)


def network(classes: int) -> nn.Module:
    """Four convolutions and a mean: 120 thousand weights."""
    layers: list[nn.Module] = []
    width = 3
    for out in (24, 48, 96, 96):
        layers += [
            nn.Conv2d(width, out, 3, 1, 1),
            nn.BatchNorm2d(out),
            nn.ReLU(),
            nn.MaxPool2d(2),
        ]
        width = out
    return nn.Sequential(
        *layers,
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(width, classes),
    )


def train_network(
    x: np.ndarray, y: np.ndarray, test: np.ndarray, passes: int, seed: int
) -> np.ndarray:
    """Soft cross-entropy on shuffled, flipped and dimmed pictures."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    model = network(y.shape[1])
    rate = 2e-3
    steps = passes // 64
    optimiser = torch.optim.AdamW(model.parameters(), rate, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, steps)
    xs, ys = torch.from_numpy(x[~test]), torch.from_numpy(y[~test])
    for step in range(steps):
        pick = torch.from_numpy(rng.integers(len(xs), size=64))
        batch = xs[pick]
        if rng.random() < 0.5:
            batch = batch.flip(-1)
        batch = torch.rot90(batch, int(rng.integers(4)), (-2, -1))
        batch = batch * torch.empty(64, 3, 1, 1).uniform_(0.85, 1.15)
        loss = nn.functional.cross_entropy(model(batch - 0.45), ys[pick])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        if step % 50 == 0:
            print(f'  step {step}/{steps}, loss {loss.item():.3f}', flush=True)
    model.eval()
    with torch.no_grad():
        out = [
            model(part - 0.45).softmax(1)
            for part in torch.from_numpy(x[test]).split(256)
        ]
    return torch.cat(out).numpy()


def linear(x: np.ndarray, y: np.ndarray, test: np.ndarray) -> np.ndarray:
    """Ridge regression from the mean colour."""
    mean = x.mean((2, 3))
    return Ridge(1e-3).fit(mean[~test], y[~test]).predict(mean[test])


def logistic(x: np.ndarray, y: np.ndarray, test: np.ndarray) -> np.ndarray:
    """Multinomial regression from the mean colour."""
    mean = x.mean((2, 3))
    model = make_pipeline(StandardScaler(), LogisticRegression(C=1e6))
    model.fit(mean[~test], y[~test].argmax(1))
    return model.predict_proba(mean[test])


def r2(guess: np.ndarray, truth: np.ndarray) -> float:
    """Pooled over the classes."""
    spread = ((truth - truth.mean(0)) ** 2).sum()
    return float(1 - ((guess - truth) ** 2).sum() / spread)


def kappa(guess: np.ndarray, truth: np.ndarray) -> float:
    """Accuracy corrected for chance, classes equally frequent."""
    right = float((guess.argmax(1) == truth.argmax(1)).mean())
    chance = 1 / truth.shape[1]
    return (right - chance) / (1 - chance)


def main() -> None:
    """Measure and write the rows."""
    parser = reporting.parser(__doc__, 'benchmarks/world_colour.csv')
    parser.add_argument('world', type=Path, help='a complete world')
    parser.add_argument(
        '--passes',
        type=int,
        default=6400,
        help='training pictures seen (default: 6400)',
    )
    parser.add_argument('--seeds', type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(1)
    rows = []
    for task, load, score, shallow in (
        ('fractions', fractions_data, r2, linear),
        ('scene_classes', classes_data, kappa, logistic),
    ):
        x, y, test = load(args.world)
        print(f'{task}: {(~test).sum()} to learn, {test.sum()} to test')
        flat = score(shallow(x, y, test), y[test])
        for seed in range(args.seeds):
            start = time.monotonic()
            deep = score(train_network(x, y, test, args.passes, seed), y[test])
            rows.append(
                {
                    'task': task,
                    'measure': score.__name__,
                    'seed': seed,
                    'mean_colour': round(flat, 3),
                    'network': round(deep, 3),
                    'ratio': round(flat / deep, 3),
                    'passes': args.passes,
                    'train': int((~test).sum()),
                    'test': int(test.sum()),
                    'seconds': round(time.monotonic() - start),
                }
            )
            print(rows[-1])
    reporting.write_rows(args.out, rows)
    if args.json:
        print(json.dumps(rows))


if __name__ == '__main__':
    main()
