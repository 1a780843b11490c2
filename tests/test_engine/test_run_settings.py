"""Settings that are put right, or refused, before anything is built."""

import pytest
from mmengine.config import Config

from geokr_mm.engine import processes, settings
from geokr_mm.errors import InputError


def test_settings_of_workers_are_left_out_without_workers(capsys):
    config = Config(
        dict(
            train_dataloader=dict(
                num_workers=0,
                persistent_workers=True,
                prefetch_factor=4,
                timeout=9,
            ),
            val_dataloader=dict(num_workers=1, persistent_workers=True),
            test_dataloader=dict(persistent_workers=False),
        )
    )
    settings.settle_loaders(config)
    assert config.train_dataloader == dict(num_workers=0)
    assert config.val_dataloader.persistent_workers
    said = capsys.readouterr().out
    assert said.count('\n') == 1
    assert 'persistent_workers, prefetch_factor, timeout left out' in said


@pytest.mark.parametrize(
    ('loader', 'words'),
    [
        (dict(batch_size=0), 'train_dataloader.batch_size=0'),
        (dict(batch_size='4'), "train_dataloader.batch_size='4'"),
        (dict(num_workers=-1), 'train_dataloader.num_workers=-1'),
    ],
)
def test_numbers_of_a_loader(loader, words):
    with pytest.raises(InputError, match=words):
        settings.settle_loaders(Config(dict(train_dataloader=loader)))


def knowledge(index, **model):
    """Settings of a GeoKR model on an index."""
    head = dict(type='geokr_mm.GeographicKnowledgeHead')
    return Config(
        dict(
            default_scope='mmpretrain',
            model=dict(type='geokr_mm.GeoKR') | dict(head=head) | model,
            train_dataloader=dict(
                dataset=dict(
                    type='RepeatDataset',
                    dataset=dict(
                        type='geokr_mm.GeoKRDataset',
                        index=str(index),
                        pipeline=[dict(type='geokr_mm.PackKnowledgeInputs')],
                    ),
                )
            ),
        )
    )


def test_classes_and_keys_follow_from_index_and_parts(tiny_index):
    config = knowledge(
        tiny_index,
        label_correction=dict(type='geokr_mm.PatchCorrection'),
        selection=None,
        terms=dict(
            place=dict(type='geokr_mm.PlaceClusters'),
            none=None,
            spread=dict(type='geokr_mm.FeatureDecorrelation'),
        ),
    )
    settings.settle_knowledge(config)
    assert config.model.head.num_classes == 10
    (pack,) = config.train_dataloader.dataset.dataset.pipeline
    assert pack['keys'] == ['row', 'lonlat']


def test_what_a_config_states_stays(tiny_index):
    config = knowledge('absent.parquet')
    config.model.head.num_classes = 7
    dataset = config.train_dataloader.dataset.dataset
    dataset.pipeline[0]['keys'] = ['change']
    settings.settle_knowledge(config)
    assert config.model.head.num_classes == 7
    assert dataset.pipeline[0]['keys'] == ['change']
    del config.model.head['num_classes']
    dataset.classes = ['forest', 'water']
    settings.settle_knowledge(config)
    assert config.model.head.num_classes == 2
    other = Config(dict(model=dict(type='BYOL'), train_dataloader={}))
    settings.settle_knowledge(other)
    assert other.model == dict(type='BYOL')


@pytest.fixture(params=[True, False], ids=['gpu', 'cpu'])
def gpu(request, monkeypatch):
    monkeypatch.setattr(settings, 'is_cuda_available', lambda: request.param)
    return request.param


def wrapper(**given):
    return Config(dict(optim_wrapper=given))


def test_amp_takes_what_the_device_can(gpu, capsys):
    config = wrapper(type='OptimWrapper', loss_scale=512.0)
    settings.settle_precision(config, amp=True)
    if gpu:
        assert config.optim_wrapper == dict(
            type='AmpOptimWrapper', loss_scale=512.0
        )
    else:
        assert config.optim_wrapper == dict(
            type='geokr_mm.BFloat16OptimWrapper'
        )
        assert 'bfloat16 on the CPU' in capsys.readouterr().out


def test_float16_of_a_config_is_refused_without_a_gpu(gpu):
    config = wrapper(type='mmengine.AmpOptimWrapper')
    if gpu:
        settings.settle_precision(config, amp=False)
        return
    with pytest.raises(InputError, match='needs a GPU.*BFloat16OptimWrapper'):
        settings.settle_precision(config, amp=False)


def test_bfloat16_of_a_config_stays(gpu):
    config = wrapper(type='geokr_mm.BFloat16OptimWrapper', emulate=True)
    settings.settle_precision(config, amp=True)
    assert config.optim_wrapper.emulate


def test_the_rate_needs_its_batch_size():
    with pytest.raises(InputError, match=r'add auto_scale_lr=dict\(base'):
        settings.settle_rate(Config(dict(auto_scale_lr={})), 'a.py')


def test_resuming_replaces_a_start():
    config = Config(dict(load_from='a.pth'))
    settings.settle_resuming(config, 'auto')
    assert config.resume and config.load_from is None
    settings.settle_resuming(config, 'b.pth')
    assert config.load_from == 'b.pth'


def test_every_library_gets_durable_checkpoints():
    config = Config(
        dict(default_hooks=dict(checkpoint=dict(type='CheckpointHook')))
    )
    settings.settle_checkpoints(config)
    settings.settle_checkpoints(Config(dict()))
    kind = config.default_hooks.checkpoint.type
    assert kind == 'geokr_mm.DurableCheckpointHook'


@pytest.fixture
def started(monkeypatch):
    """Two processes, as torch.distributed.run starts them."""
    environment = dict(WORLD_SIZE='2', LOCAL_WORLD_SIZE='2')
    for name in processes.VARIABLES:
        monkeypatch.setenv(name, environment.get(name, '0'))
    monkeypatch.setenv('LOCAL_WORLD_SIZE', '2')
    monkeypatch.setattr(processes.torch.cuda, 'device_count', lambda: 0)


@pytest.mark.parametrize(
    ('launcher', 'gpus', 'words'),
    [
        ('none', 0, 'let.* each train by itself; add --launcher pytorch'),
        ('slurm', 0, 'needs GPUs'),
        ('pytorch', 1, '2 processes on this machine share 1 GPU'),
    ],
)
def test_processes_and_launcher(started, monkeypatch, launcher, gpus, words):
    monkeypatch.setattr(processes.torch.cuda, 'device_count', lambda: gpus)
    with pytest.raises(InputError, match=words):
        processes.check_launcher(launcher)


def test_as_many_processes_as_gpus(started, monkeypatch):
    processes.check_launcher('pytorch')
    monkeypatch.setattr(processes.torch.cuda, 'device_count', lambda: 2)
    processes.check_launcher('pytorch')


def test_a_launcher_without_processes(monkeypatch):
    for name in processes.VARIABLES:
        monkeypatch.delenv(name, raising=False)
    processes.check_launcher('none')
    with pytest.raises(InputError, match=r'start with python -m torch\.dist'):
        processes.check_launcher('pytorch')
