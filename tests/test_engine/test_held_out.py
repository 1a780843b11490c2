"""Held-out places in the shipped configs and in a run."""

from pathlib import Path

import numpy as np
import pytest
from mmengine.config import Config

from geokr_mm.config import load_config
from geokr_mm.engine import settings
from geokr_mm.geo.index.spatial_split import SIZES, held_out, place_size

ROOT = Path(__file__).resolve().parents[2] / 'configs'
SHIPPED = sorted(
    path
    for path in ROOT.glob('*/*.py')
    if path.parent.name not in ('_base_', 'downstream')
)
# Correct the label of every patch, or learn nothing from the map.
WITHOUT = ('geco-patch', 'contrast_')


@pytest.mark.parametrize('path', SHIPPED, ids=lambda p: p.stem)
def test_every_shipped_config_validates_on_held_out_places(path, capsys):
    config = load_config(str(path), [])
    settings.settle_held_out(config)
    knows = config.model.type.startswith('geokr_mm.')
    if not knows or path.name.startswith(WITHOUT):
        assert config.val_dataloader is None and config.val_cfg is None
        noted = 'predicts no class fractions' in capsys.readouterr().out
        assert noted != knows
        return
    assert config.val_evaluator.type == 'geokr_mm.FractionMetric'
    train, val = (
        # One dataset, or one for each sensor.
        list(loader.dataset.get('sensors', {0: loader.dataset}).values())
        for loader in (config.train_dataloader, config.val_dataloader)
    )
    for taught, held in zip(train, val, strict=True):
        assert taught.places == 'train' and held.places == 'val'
        assert 0 < taught.val_share <= 0.25
        for key in ('index', 'bands', 'val_share', 'place_degrees'):
            assert held[key] == taught[key]


def test_what_is_stated_stays(tiny_index):
    data = dict(index='a', bands=['red'], val_share=0.2, prefetch=1)
    config = Config(
        dict(
            model=dict(type='geokr_mm.GeoKR'),
            train_dataloader=dict(dataset=dict(dataset=dict(data))),
            val_dataloader=dict(dataset=dict(places='val', bands=['nir'])),
            test_dataloader=dict(dataset=dict(index='b')),
        )
    )
    settings.settle_held_out(config)
    assert config.val_dataloader.dataset == dict(
        places='val', index='a', bands=['nir'], val_share=0.2
    )
    assert config.test_dataloader.dataset == dict(index='b')


@pytest.mark.parametrize('extent', [300.0, 40.0, 3.0, 0.5])
def test_places_suit_the_extent(extent):
    random = np.random.default_rng(0)
    lonlat = random.uniform(0, extent, (4000, 2)) * (1, 0.25)
    size = place_size(lonlat, 0.05)
    part = held_out(lonlat, 0.05, size).mean()
    assert 0.025 <= part <= 0.1
    larger = [s for s in SIZES if s > size]
    parts = [held_out(lonlat, 0.05, s).mean() for s in larger]
    assert all(not 0.025 <= other <= 0.1 for other in parts)


def test_a_split_of_few_places_is_the_nearest_one():
    """Two clusters: one is held out where the hash permits."""
    lonlat = np.array([[0.005, 0.005]] * 9 + [[0.795, 0.415]])
    parts = {size: held_out(lonlat, 0.3, size).mean() for size in SIZES}
    size = place_size(lonlat, 0.3)
    proper = [p for p in parts.values() if 0 < p < 1]
    if proper:
        nearest = min(abs(p - 0.3) for p in proper)
        assert abs(parts[size] - 0.3) == nearest
    alone = np.array([[10.0, 10.0]])
    assert place_size(alone) in SIZES
