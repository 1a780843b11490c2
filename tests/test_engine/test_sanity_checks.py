"""Settings that do not fit each other stop a run before its first step."""

import copy

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.dataset import DefaultSampler, InfiniteSampler
from mmengine.registry import init_default_scope
from mmengine.runner import Runner
from torch import nn
from torch.utils.data import DataLoader

from geokr_mm.datasets import GeoKRDataset
from geokr_mm.engine.checks import (
    LayerInputs,
    batch_sizes,
    check_batches,
    check_devices,
    check_knowledge,
    check_taught,
)
from geokr_mm.errors import InputError
from geokr_mm.registry import MODELS

BACKBONE = dict(
    type='mmpretrain.ResNet',
    depth=18,
    stem_channels=8,
    base_channels=8,
    out_indices=(3,),
)


def geokr(bands: int = 3, mean: tuple = (), **parts):
    """A small GeoKR network."""
    init_default_scope('mmpretrain')
    mean = list(mean) or [120.0] * bands
    return MODELS.build(
        copy.deepcopy(
            dict(
                type='geokr_mm.GeoKR',
                backbone=dict(BACKBONE, in_channels=bands),
                head=dict(
                    type='geokr_mm.GeographicKnowledgeHead',
                    num_classes=10,
                    in_channels=64,
                ),
                data_preprocessor=dict(
                    type='geokr_mm.BandDataPreprocessor',
                    mean=mean,
                    std=[60.0] * len(mean),
                ),
            )
            | parts
        )
    )


def patches(index, bands=('red', 'green', 'blue')):
    return GeoKRDataset(
        index=str(index),
        bands=bands,
        pipeline=[
            dict(type='geokr_mm.LoadPatch'),
            dict(type='geokr_mm.PackKnowledgeInputs'),
        ],
    )


def physical(index, *extra, **changes):
    """A dataset of physical values."""
    return GeoKRDataset(
        index=str(index),
        values='physical',
        pipeline=[dict(type='geokr_mm.LoadPatch'), *extra],
        **changes,
    )


def test_statistics_of_other_units_are_refused(tiny_index_4band):
    dataset = physical(tiny_index_4band)
    mean, std = dataset.card['band_mean'], dataset.card['band_std']

    def check(mean, std):
        preprocessor = dict(
            type='geokr_mm.BandDataPreprocessor', mean=mean, std=std
        )
        check_knowledge(geokr(4, data_preprocessor=preprocessor), dataset)

    check(mean, std)
    with pytest.raises(InputError, match='in another order'):
        check(mean[::-1], std)
    for wrong in (
        (np.multiply(mean, 100), np.multiply(std, 100)),
        (np.add(mean, np.multiply(std, 20)), std),
    ):
        with pytest.raises(InputError, match='are not for the .* of the data'):
            check(*(list(map(float, values)) for values in wrong))


def test_transforms_for_bytes_are_refused(tiny_index_4band):
    init_default_scope('mmpretrain')
    view = [dict(type='Solarize', thr=128), dict(type='geokr_mm.BandJitter')]
    views = dict(type='MultiView', num_views=[2], transforms=[view])
    dataset = physical(tiny_index_4band, views)
    card = dataset.card
    preprocessor = dict(
        type='geokr_mm.BandDataPreprocessor',
        mean=card['band_mean'],
        std=card['band_std'],
    )
    with pytest.raises(InputError, match='^Solarize: for pixels of 0 to 255'):
        check_knowledge(geokr(4, data_preprocessor=preprocessor), dataset)


def test_what_fits_passes(tiny_index, tiny_index_4band):
    check_knowledge(geokr(), patches(tiny_index))
    four = ('red', 'green', 'blue', 'nir')
    check_knowledge(geokr(4), patches(tiny_index_4band, four))


@pytest.mark.parametrize(
    ('settings', 'words'),
    [
        (dict(bands=4), ['takes 4 bands', 'gives 3', 'in_channels']),
        (dict(mean=(1.0, 2.0)), ['mean has 2 values', '3 bands: red']),
        (
            # Those of ImageNet in the order that OpenCV reads.
            dict(mean=(103.53, 116.28, 123.675)),
            ['ImageNet in another order', 'red, green, blue', '123.675'],
        ),
        (
            dict(
                data_preprocessor=dict(
                    type='SelfSupDataPreprocessor',
                    mean=[123.675, 116.28, 103.53],
                    std=[58.395, 57.12, 57.375],
                    to_rgb=True,
                )
            ),
            ['order of the bands', 'Leave to_rgb'],
        ),
        (
            dict(
                data_preprocessor=dict(
                    type='SelfSupDataPreprocessor',
                    mean=[123.675, 116.28, 103.53],
                    std=[58.395, 0.0, 57.375],
                )
            ),
            ['std', 'above 0'],
        ),
        (
            dict(
                with_teacher=True,
                terms=dict(
                    soft=dict(
                        type='geokr_mm.SoftContrast',
                        num_classes=20,
                        in_channels=64,
                    )
                ),
            ),
            ['terms.soft is for 20', 'model.terms.soft.num_classes=10'],
        ),
        (
            dict(
                head=dict(
                    type='geokr_mm.GriddedKnowledgeHead',
                    num_classes=10,
                    in_channels=64,
                    grids=(1, 2),
                )
            ),
            ['reads 2 cells', 'index holds 1', '--grid 2'],
        ),
    ],
)
def test_model_and_index(tiny_index, settings, words):
    with pytest.raises(InputError) as error:
        check_knowledge(geokr(**settings), patches(tiny_index))
    assert all(word in str(error.value) for word in words), error.value
    assert '\n' not in str(error.value)


def test_mean_of_the_index_in_another_order(tiny_index):
    dataset = patches(tiny_index)
    dataset.full_init()
    red, green, blue = dataset.card['band_mean']
    check_knowledge(geokr(mean=(red, green, blue)), dataset)
    with pytest.raises(InputError, match='of the index in another order'):
        check_knowledge(geokr(mean=(blue, green, red)), dataset)


def loader(count, size, drop_last=False, sampler=DefaultSampler):
    data = list(range(count))
    return DataLoader(
        data, batch_size=size, sampler=sampler(data), drop_last=drop_last
    )


def test_batches():
    check_batches(loader(8, 8, True))
    check_batches(loader(8, 9))
    check_batches(loader(8, 9, True, InfiniteSampler))
    with pytest.raises(InputError, match='8 patches make no batch of 9'):
        check_batches(loader(8, 9, True))


def test_an_empty_dataset_makes_no_batch():
    with pytest.raises(InputError, match='list: the dataset is empty'):
        check_batches(DataLoader([], batch_size=2))


@pytest.mark.parametrize(
    ('given', 'iterations', 'sizes'),
    [
        (loader(16, 5), 4, (5, 1)),
        # The run ends before the odd batch.
        (loader(16, 5), 3, (5, 5)),
        (loader(16, 5, True), 9, (5, 5)),
        (loader(16, 4), 9, (4, 4)),
        (loader(3, 5), 9, (3, 3)),
        (loader(16, 5, sampler=InfiniteSampler), 99, (5, 5)),
    ],
)
def test_batch_sizes(given, iterations, sizes):
    assert batch_sizes(given, iterations) == sizes


def watched(model, size, smallest):
    return LayerInputs(model, size, smallest, '16 patches')


def test_batch_norm_with_one_value_is_named():
    model = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8))
    watch = watched(model, 5, 1)
    with pytest.raises(
        InputError,
        match=r'16 patches in batches of 5 leave a last batch of 1.*model\.1 '
        r'has one value.*drop_last=True',
    ):
        model(torch.zeros(5, 4))
    watch.close()
    model(torch.zeros(5, 4))
    # Two views in one batch are two values, three rows are of no patch.
    for rows in (10, 3):
        watch = watched(model, 5, 1)
        model(torch.zeros(rows, 4))
        watch.close()


@pytest.mark.parametrize(
    ('model', 'shape', 'smallest'),
    [
        (nn.BatchNorm1d(4), (5, 4), 2),
        (nn.BatchNorm1d(4).eval(), (5, 4), 1),
        (nn.BatchNorm2d(4), (5, 4, 2, 2), 1),
        (nn.LayerNorm(4), (5, 4), 1),
    ],
)
def test_batch_norm_with_more_values_passes(model, shape, smallest):
    watched(model, 5, smallest)
    model(torch.zeros(shape))


def test_channels_that_do_not_follow_are_named():
    model = nn.ModuleDict(
        dict(neck=nn.Linear(4, 8), head=nn.Sequential(nn.Linear(512, 2)))
    )
    watched(model, 2, 2)
    with pytest.raises(
        InputError, match=r'model\.head\.0 takes 512 .* given 8.*model\.head '
    ):
        model['head'](model['neck'](torch.zeros(2, 4)))


def test_a_test_is_of_what_was_taught():
    bands, legend = ['red', 'green'], ['water', 'forest']
    then = dict(bands=bands, legend=legend)
    check_taught(then, dict(then), 'a.pth', testing=True)
    check_taught(then, dict(then, bands=['b4', 'b3']), 'a.pth', testing=True)
    for other in (
        dict(then, bands=bands[::-1]),
        dict(then, legend=legend[::-1]),
        dict(then, legend=['water', 'urban']),
    ):
        with pytest.raises(InputError, match=r'a\.pth: was taught the'):
            check_taught(then, other, 'a.pth', testing=True)
        check_taught(then, other, 'a.pth', testing=False)


TEACHER = dict(type='geokr_mm.EMATeacherHook')


@pytest.fixture
def run(repo, tiny_index, tmp_path):
    """Train the smoke config with another mover of the teacher."""

    def train(mover, **options):
        cfg = Config.fromfile(
            repo / 'configs/geokr/geokr_resnet18_smoke_tiny-world.py'
        )
        del cfg.default_hooks['ema_teacher']
        if mover:
            cfg.default_hooks.ema_teacher = mover
        cfg.merge_from_dict(
            {
                'work_dir': str(tmp_path),
                'train_dataloader.dataset.index': str(tiny_index),
                'train_cfg.max_iters': 1,
                **dict.fromkeys(
                    f'{loop}_{part}'
                    for loop in ('val', 'test')
                    for part in ('dataloader', 'cfg', 'evaluator')
                ),
                **options,
            }
        )
        runner = Runner.from_cfg(cfg)
        runner.train()
        return runner

    return train


def test_a_teacher_that_nothing_moves_does_not_train(run, tmp_path):
    with pytest.raises(InputError, match=r'add dict\(type=.*EMATeacherHook'):
        run(None)
    assert not list(tmp_path.glob('*.pth'))


def test_a_teacher_that_moves_too_late_does_not_train(run):
    late = dict(TEACHER, interval=2)
    with pytest.raises(InputError, match='after 2 iterations .* run has 1'):
        run(late)


def test_a_teacher_that_two_hooks_move_does_not_train(run):
    with pytest.raises(InputError, match='2 hooks move.*default_hooks'):
        run(TEACHER, custom_hooks=[TEACHER])


def test_a_student_alone_needs_no_such_hook(run):
    assert run(None, **{'model.correction': None}).iter == 1


def test_batch_norm_over_processes_needs_gpus():
    check_devices(nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4)))
    with pytest.raises(InputError, match=r"model\.1 is SyncBN.*type='BN'"):
        check_devices(nn.Sequential(nn.Conv2d(3, 4, 1), nn.SyncBatchNorm(4)))


def test_a_run_at_its_end_says_so(run, capfd):
    said = []
    for resume in (False, True):
        run(TEACHER, resume=resume)
        said.append(''.join(capfd.readouterr()))
    assert 'nothing is trained' not in said[0]
    assert 'iteration 1 of 1; nothing is trained' in said[1]
