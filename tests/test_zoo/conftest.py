"""Toy downloads of public sets, and short runs of their configs."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from PIL import Image
from rasterio.transform import from_origin

from geokr_mm.config import load_config
from geokr_mm.runners import build_runner, train_runner
from geokr_mm.zoo import Card, load_card
from geokr_mm.zoo.lists import list_name

#: Side in pixels of the images of toy downloads, and of those in training.
TOY_SIDE = 32
SIDE = 64


@pytest.fixture(scope='session')
def toy_card() -> Callable[[str, int], Card]:
    """A card with that many images of each class, or files of each pattern."""

    def make(name: str, images: int) -> Card:
        card = load_card(name)
        classes = card.classes
        if isinstance(classes, dict):
            classes = dict.fromkeys(classes, images)
        patterns = {p: count and images for p, count in card.files.items()}
        size = card.size and TOY_SIDE
        return card.model_copy(
            update=dict(classes=classes, files=patterns, size=size)
        )

    return make


@pytest.fixture(scope='session')
def make_download() -> Callable[[Card, Path], Path]:
    """The layout of a card, below the last of its roots, with noise in it."""

    def make(card: Card, folder: Path) -> Path:
        rng = np.random.default_rng(0)
        root = folder / card.inside[-1]
        for pattern, count in card.expected():
            for number in range(count):
                path = root / pattern.replace('*', f'{number:04d}')
                path.parent.mkdir(parents=True, exist_ok=True)
                shape = (TOY_SIDE, TOY_SIDE, card.bands)
                pixels = rng.integers(0, 256, shape, dtype=np.uint8)
                if card.bands == 3:
                    Image.fromarray(pixels).save(path)
                else:
                    write_sentinel2(path, pixels, number)
        return folder

    return make


def write_sentinel2(path: Path, pixels: Any, number: int) -> None:
    """Write counts of several bands, each image 10 km east of the last."""
    with rasterio.open(
        path,
        'w',
        driver='GTiff',
        count=pixels.shape[2],
        height=TOY_SIDE,
        width=TOY_SIDE,
        dtype='uint16',
        crs='EPSG:32632',
        transform=from_origin(3e5 + 1e4 * number, 5.3e6, 10.0, 10.0),
    ) as sink:
        sink.write(pixels.transpose(2, 0, 1).astype(np.uint16) * 20)


def small(node: Any) -> None:
    """Let images be small, whatever they are for."""
    for key, value in node.items():
        if key in ('scale', 'crop_size'):
            node[key] = SIDE if isinstance(value, int) else (SIDE, SIDE)
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, dict):
                small(item)


@pytest.fixture
def short_run(
    repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Any]:
    """Train a config for two steps an epoch; sets are below data/."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv('GEOKR_SETS', raising=False)

    def run(config: str, epochs: int, **changes: Any) -> Any:
        monkeypatch.delenv('GEOKR_SPLIT', raising=False)
        if config.endswith('bigearthnet'):
            # A tenth of the toy set is too little.
            monkeypatch.setenv('GEOKR_SPLIT', '100')
        path = next((repo / 'configs/downstream').glob(f'*/{config}.py'))
        settings = load_config(str(path), [])
        small(settings)
        for name in ('train', 'val', 'test'):
            loader = settings[f'{name}_dataloader']
            loader.update(num_workers=0, persistent_workers=False)
        settings.test_dataloader.dataset.indices = 8
        settings.val_dataloader.dataset.indices = 8
        settings.merge_from_dict(
            {
                'work_dir': str(tmp_path / 'work'),
                'train_cfg.max_epochs': epochs,
                'default_hooks.checkpoint.interval': 1,
                'log_level': 'WARNING',
                'resume': epochs > 1,
                **changes,
            }
        )
        few = settings.train_dataloader.dataset
        if settings.model.head.type == 'LinearClsHead':
            few.per_class = 1
        else:
            few.share = 0.2
        name = list_name(few.seed, few.get('per_class'), few.get('share'))
        images = len(Path(few.lists, name).read_text().splitlines())
        settings.train_dataloader.batch_size = (images + 1) // 2
        runner = build_runner(settings)
        train_runner(runner)
        return runner

    return run
