"""A checkpoint and scenes small enough to read in a test."""

from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope

from geokr_mm.datasets import GeoKRDataset
from geokr_mm.registry import MODELS

BANDS = ('red', 'green', 'blue', 'nir')
PLAIN = dict(type='geokr_mm.GeographicKnowledgeHead')
GRIDDED = dict(
    type='geokr_mm.GriddedKnowledgeHead', grids=(1, 2, 4, 8), stages=(0,)
)


@pytest.fixture(scope='session')
def index(scene_index):
    """32 patches of one scene of 512 x 256 pixels."""
    return scene_index(BANDS)


@pytest.fixture(scope='session')
def make_checkpoint(index, tmp_path_factory):
    """Writes checkpoints as after training, with random weights."""

    def make(head: dict = PLAIN, values: str = 'stretched', **card) -> Path:
        torch.manual_seed(0)
        init_default_scope('mmpretrain')
        dataset = GeoKRDataset(
            index=str(index), values=values, pipeline=[], places='all'
        )
        about = dict(dataset.card)
        model = dict(
            type='geokr_mm.GeoKR',
            data_preprocessor=dict(
                type='geokr_mm.BandDataPreprocessor',
                mean=about['band_mean'],
                std=about['band_std'],
            ),
            backbone=dict(
                type='ResNet',
                depth=18,
                in_channels=4,
                stem_channels=8,
                base_channels=8,
                out_indices=(0,) if head is GRIDDED else (3,),
            ),
            neck=None,
            head=dict(head, num_classes=len(about['legend']), in_channels=8)
            if head is GRIDDED
            else dict(head, num_classes=len(about['legend']), in_channels=64),
            correction=dict(type='geokr_mm.CorrectionLoss'),
        )
        built = MODELS.build(model)
        for part in (built.head, built.teacher.head):
            for name, tensor in part.named_parameters():
                # As sure of itself as a trained one.
                torch.nn.init.normal_(tensor, std=1.0 * ('bias' not in name))
        built.teacher.moves += 1
        config = Config(
            dict(
                model=model,
                train_dataloader=dict(
                    dataset=dict(
                        index=str(index),
                        values=values,
                        places='train',
                        val_share=0.5,
                        place_degrees=0.1,
                    )
                ),
            )
        )
        about.update(config=config.to_dict(), **card)
        path = tmp_path_factory.mktemp('run') / 'iter_2.pth'
        state = built.state_dict()
        torch.save(
            dict(meta=dict(geokr=_plain(about)), state_dict=state), path
        )
        return path

    return make


@pytest.fixture(scope='session')
def gridded(make_checkpoint):
    return make_checkpoint(GRIDDED)


@pytest.fixture(scope='session')
def plain(make_checkpoint):
    return make_checkpoint(PLAIN)


@pytest.fixture
def inputs(index):
    """Arguments of a scene with its map."""
    return dict(
        scenes=(str(index.with_suffix('.tif')),),
        product='worldcover',
        year=2021,
        land_cover=(str(index.with_name('map.tif')),),
    )


def _plain(value):
    from geokr_mm.export.card import plain

    return plain(value)


def same_bytes(one: Path, other: Path) -> None:
    """Both folders hold the same files."""
    names = sorted(p.relative_to(one) for p in one.rglob('*'))
    assert names == sorted(p.relative_to(other) for p in other.rglob('*'))
    assert len(names) > 5
    for name in names:
        if (one / name).is_file():
            assert (one / name).read_bytes() == (other / name).read_bytes()
