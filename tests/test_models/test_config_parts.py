"""Each part has a config that differs from the default in that part alone."""

import re
from pathlib import Path

import pytest
from mmengine.config import Config

CONFIGS = Path(__file__).parents[2] / 'configs'
SUFFIX = 'resnet18_1xb32-coslr-21e_earth'
DEFAULT = f'geokr/geokr_{SUFFIX}.py'
VIEWS = {
    'view',
    'crop_ratio_range',
    'train_dataloader.dataset.pipeline',
}
PARTS = {
    'decorrelation/decorrelation': {'model.terms.spread.type'},
    'place_clusters/place-clusters': {
        'model.terms.place.type',
        'model.terms.place.num_places',
        'model.terms.place.loss_weight',
    },
    'soft_contrast/soft-contrast': {
        'model.terms.soft.type',
        'model.terms.soft.after_neck',
    },
    'selection/selection': {'model.selection.type'},
    # It corrects the label of every patch, so none is held out.
    'geco/geco-patch': {
        'model.label_correction.type',
        'train_dataloader.dataset.places',
    },
    'geco/geco-class': {
        'model.label_correction.type',
        'optim_wrapper.paramwise_cfg.custom_keys.label_correction.lr_mult',
        'optim_wrapper.paramwise_cfg.custom_keys.label_correction.decay_mult',
    },
    # A projector would pool the map that this head reads, and views need
    # labels of their own cells.
    'gridded/gridded': {
        'model.head.type',
        'model.head.grids',
        'model.neck',
        *VIEWS,
    },
    'batch_contrast/batch-contrast': {
        'model.correction',
        'model.neck',
        'model.student_views',
        'model.terms.contrast.loss_weight',
        'model.terms.contrast.type',
    },
    'baselines/fractions': {
        'model.correction',
        'train_dataloader.dataset.pipeline',
    },
    'baselines/dominant-class': {
        'model.correction',
        'train_dataloader.dataset.pipeline',
    },
}


def flat(config, prefix=''):
    """Values by dotted key; lists are values."""
    found = {}
    for key, value in config.items():
        if isinstance(value, dict):
            found |= flat(value, f'{prefix}{key}.')
        else:
            found[prefix + key] = value
    return found


def read(name):
    return flat(Config.fromfile(CONFIGS / name).to_dict())


@pytest.mark.parametrize('name', PARTS)
def test_only_the_part_differs(name):
    default, other = read(DEFAULT), read(f'{name}_{SUFFIX}.py')
    differ = {
        key
        for key in default.keys() | other.keys()
        if default.get(key, ...) != other.get(key, ...)
    }
    # A part that is taken out takes its settings along.
    gone = ('model.neck.', 'model.correction.', 'val_', 'test_')
    differ = {key for key in differ if not key.startswith(gone)}
    assert differ == PARTS[name]


def test_every_method_folder_is_compared():
    folders = {path.parent.name for path in CONFIGS.glob('*/*.py')}
    compared = {name.partition('/')[0] for name in PARTS}
    assert folders - {'_base_', 'agrifm', 'downstream', 'geokr'} == compared


def test_batch_size_and_learning_rate_agree():
    paths = sorted(CONFIGS.glob('*/*_*xb*.py'))
    assert len(paths) > 20
    for path in paths:
        config = Config.fromfile(path)
        if 'auto_scale_lr' in config:
            gpus, size = re.search(r'_(\d+)xb(\d+)-', path.stem).groups()
            base = config.auto_scale_lr.base_batch_size
            assert base == int(gpus) * int(size), path
            assert config.train_dataloader.batch_size == int(size), path


def test_the_default_is_the_method_itself():
    model = Config.fromfile(CONFIGS / DEFAULT).model
    assert model.correction == dict(
        type='geokr_mm.CorrectionLoss', ramp='sigmoid'
    )
    assert model.neck.type == 'NonLinearNeck'
    for part in ('terms', 'selection', 'label_correction'):
        assert part not in model
    loader = Config.fromfile(CONFIGS / DEFAULT).train_dataloader
    assert loader.drop_last
    assert loader.dataset.pipeline[1].num_views == [2]


def test_no_config_repeats_the_hooks():
    for path in CONFIGS.glob('*/*.py'):
        if path.parent.name not in ('_base_', 'downstream'):
            config = Config.fromfile(path)
            kinds = [hook['type'] for hook in config.get('custom_hooks', [])]
            assert not any(kind.startswith('geokr_mm.') for kind in kinds)
