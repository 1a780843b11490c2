"""Errors inside a run: one line, with and without loading processes."""

from urllib.error import URLError

import pytest
import torch
from mmengine.registry import MODELS, PARAM_SCHEDULERS, build_from_cfg
from torch.utils.data import DataLoader, Dataset

from geokr_mm.engine.run_errors import as_input_error, one_line_errors
from geokr_mm.errors import InputError
from geokr_mm.geo.core.raster import UnusableFileError, open_raster


class Raising(Dataset):
    """Raises what it is given, in whatever process reads it."""

    def __init__(self, error):
        self.error = error

    def __len__(self):
        return 2

    def __getitem__(self, item):
        if isinstance(self.error, str):
            open_raster(self.error)
        raise self.error


@pytest.mark.parametrize('workers', [0, 1])
@pytest.mark.parametrize(
    ('error', 'line'),
    [
        ('gone.tif', 'gone.tif: no such file; check the path'),
        (InputError('a.tif: bad: worse'), 'a.tif: bad: worse'),
        (UnusableFileError('b.tif: cut', 'b.tif', 'damaged'), 'b.tif: cut'),
        (
            FileNotFoundError(2, 'No such file', 'c.tif'),
            "[Errno 2] No such file: 'c.tif'; correct the path in the config "
            'or with --cfg-options',
        ),
    ],
)
def test_a_loading_process_changes_nothing(workers, error, line):
    loader = DataLoader(Raising(error), num_workers=workers)
    with pytest.raises(InputError) as caught, one_line_errors():
        next(iter(loader))
    assert str(caught.value) == line


@pytest.mark.parametrize('workers', [0, 1])
def test_what_is_not_the_users_keeps_its_traceback(workers):
    loader = DataLoader(Raising(ZeroDivisionError('x')), num_workers=workers)
    with pytest.raises(ZeroDivisionError), one_line_errors():
        next(iter(loader))


def test_a_loading_process_that_was_killed():
    text = 'DataLoader worker (pid 7) is killed by signal: Killed. '
    line = str(as_input_error(RuntimeError(text)))
    assert 'is killed by signal: Killed, often for want of memory' in line
    text = 'DataLoader worker (pid(s) 7, 8) exited unexpectedly'
    assert 'exited unexpectedly' in str(as_input_error(RuntimeError(text)))


@pytest.mark.parametrize(
    ('settings', 'line'),
    [
        (
            dict(type='mmpretrain.ResNet', depth=18, in_chanels=4),
            'ResNet cannot be built as the config says: .*in_chanels',
        ),
        (
            dict(type='mmpretrain.ResNett', depth=18),
            'ResNett cannot be built as the config says: .*not in the',
        ),
        (
            dict(
                type='mmpretrain.SelfSupDataPreprocessor',
                mean=[1.0] * 4,
                std=[1.0] * 4,
            ),
            'SelfSupDataPreprocessor .*1 or 3 values.* got 4 values',
        ),
        (
            dict(type='geokr_mm.BandDataPreprocessor', mean=[1.0], std=[0.0]),
            'BandDataPreprocessor .*deviations above zero',
        ),
    ],
)
def test_settings_that_a_type_does_not_take(settings, line):
    with pytest.raises(InputError, match=line) as error, one_line_errors():
        build_from_cfg(settings, MODELS)
    assert '\n' not in str(error.value)


def test_the_same_error_outside_the_config_is_a_bug():
    with pytest.raises(TypeError), one_line_errors():
        dict(depth=18)['depth'](1)


def test_files_that_the_system_refuses(tmp_path):
    (tmp_path / 'file').write_text('')
    with (
        pytest.raises(InputError, match=r'file/runs.*correct the path') as e,
        one_line_errors(),
    ):
        (tmp_path / 'file' / 'runs').mkdir()
    assert '\n' not in str(e.value)


def test_an_address_that_cannot_be_fetched():
    error = URLError(OSError('no route to host'))
    assert 'no route to host); download it' in str(as_input_error(error))


def test_another_optimiser_than_in_the_checkpoint():
    layers = torch.nn.Linear(2, 2), torch.nn.Linear(2, 2)
    one = torch.optim.SGD(layers[0].parameters(), 0.1)
    two = torch.optim.SGD(
        [dict(params=layer.parameters()) for layer in layers], 0.1
    )
    with (
        pytest.raises(InputError, match='go on with the optim_wrapper'),
        one_line_errors(),
    ):
        two.load_state_dict(one.state_dict())


def test_a_schedule_that_cannot_be(tmp_path):
    settings = dict(
        type='LinearLR',
        begin=3,
        end=1,
        optimizer=torch.optim.SGD(torch.nn.Linear(2, 2).parameters(), 0.1),
    )
    with (
        pytest.raises(InputError, match='LinearLR cannot be built'),
        one_line_errors(),
    ):
        PARAM_SCHEDULERS.build(settings)
