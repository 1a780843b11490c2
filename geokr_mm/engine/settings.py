"""Settings of a run that must be right before anything is built."""

from importlib.util import find_spec
from itertools import chain
from typing import Any

from mmengine.device import is_cuda_available, is_npu_available

from geokr_mm.errors import InputError
from geokr_mm.slow_steps import slow_step

from .processes import is_first_here

LOADERS = ('train_dataloader', 'val_dataloader', 'test_dataloader')
# Settings that torch takes only where processes load.
OF_WORKERS = (
    'persistent_workers',
    'prefetch_factor',
    'timeout',
    'multiprocessing_context',
)
OF_HELD_OUT = ('dataloader', 'evaluator', 'cfg')
# Settings of a training set that hold for its held-out places too.
OF_DATASET = (
    *('index', 'bands', 'classes', 'keep_only', 'values', 'soft_labels'),
    *('val_share', 'place_degrees', 'scene_root', 'packed'),
    'max_bad_fraction',
)
OF_LOSS_SCALER = ('loss_scale', 'dtype', 'use_fsdp')


def settle_loaders(config: Any) -> None:
    """Check the numbers of all data loaders.

    Settings of loading processes are left out where there are none, with a
    note.

    Args:
        config (mmengine.Config): Changed in place.

    Raises:
        InputError: If a number is none or out of range.
    """
    for name in LOADERS:
        loader = config.get(name)
        if not isinstance(loader, dict):
            continue
        _check_number(loader, name, 'batch_size', 1)
        _check_number(loader, name, 'num_workers', 0)
        if loader.get('num_workers', 0):
            continue
        idle = [key for key in OF_WORKERS if loader.pop(key, None)]
        if idle:
            _note(
                f'{name}: {", ".join(idle)} left out, since num_workers=0 '
                'loads in the process that trains'
            )


def settle_held_out(config: Any) -> None:
    """Let held-out places follow the training set in what they leave out.

    Where a model predicts no class fractions, they are left out, with a
    note.

    Args:
        config (mmengine.Config): Changed in place.
    """
    model = config.get('model') or {}
    train = _dataset(config, 'train_dataloader')
    noted = False
    for name in ('val', 'test'):
        held_out = _dataset(config, f'{name}_dataloader')
        if held_out is None or held_out.get('places') != 'val':
            continue
        if str(model.get('type')).startswith('geokr_mm.'):
            for key in OF_DATASET:
                if train is not None and key in train:
                    held_out.setdefault(key, train[key])
            continue
        for part in OF_HELD_OUT:
            config[f'{name}_{part}'] = None
        if not noted:
            _note(f'no validation: {_kind(model)} predicts no class fractions')
        noted = True


def settle_knowledge(config: Any, name: str = 'train_dataloader') -> None:
    """Complete a GeoKR model and its data by the index.

    The head gets the number of classes and the preprocessor mean and
    deviation of the bands, unless the config states them; the packing
    transform gets the keys that the parts of the model read. Held-out places
    are settled first.

    Args:
        config (mmengine.Config): Changed in place.
        name (str): Loader of the data.

    Raises:
        InputError: If the index cannot be read.
    """
    from mmengine.registry import DefaultScope

    from geokr_mm.geo.index.knowledge_index import KnowledgeIndex
    from geokr_mm.models.parts import needs_of

    settle_held_out(config)
    model, dataset = config.get('model'), _dataset(config, name)
    if model is None or dataset is None:
        return
    # A test takes those of the training set, as the network knows them.
    _settle_statistics(config, _dataset(config, 'train_dataloader') or dataset)
    # One of each sensor, of one legend.
    sets = list(_of_sensors(dataset).values())
    dataset = sets[0]
    if _kind(model) != 'GeoKR':
        return
    if 'index' in dataset and 'num_classes' not in model.head:
        with slow_step(f'reading {dataset.index}'):
            classes = dataset.get('classes') or (
                KnowledgeIndex.open(dataset.index).classes
            )
        model.head.num_classes = len(classes)
    with DefaultScope.overwrite_default_scope(config.get('default_scope')):
        needs = needs_of(model)
    for transform in chain(*(one.get('pipeline', ()) for one in sets)):
        if _kind(transform) == 'PackKnowledgeInputs':
            transform.setdefault('keys', needs)


def _dataset(config: Any, name: str) -> Any:
    """Settings of a loader's dataset below any wrappers, None for none."""
    dataset = (config.get(name) or {}).get('dataset')
    while dataset and 'dataset' in dataset:
        dataset = dataset['dataset']
    return dataset


def _settle_statistics(config: Any, dataset: Any) -> None:
    """Mean and deviation of the bands for the preprocessors."""
    from geokr_mm.geo.index.knowledge_index import KnowledgeIndex

    preprocessor = (
        config.model.get('data_preprocessor')
        or config.get('data_preprocessor')
        or {}
    )
    preprocessors = _of_sensors(preprocessor)
    for sensor, one in _of_sensors(dataset).items():
        own = preprocessors.get(sensor, {})
        if (
            _kind(own) != 'BandDataPreprocessor'
            or 'mean' in own
            or 'index' not in one
        ):
            continue
        metadata = KnowledgeIndex.open(one['index']).metadata
        try:
            found = metadata.band_statistics(
                one.get('values', 'stretched'), one.get('bands')
            )
        except InputError as error:
            raise InputError(f'{one["index"]}: {error}') from None
        own.update(found)


def _of_sensors(config: Any) -> dict[str, Any]:
    """Settings by sensor; by ``''`` where there is one for all."""
    return dict(config.get('sensors') or {'': config})


def check_backends(config: Any) -> None:
    """Make sure that what a visualizer writes with is installed.

    Raises:
        InputError: If it is not.
    """
    backends = (config.get('visualizer') or {}).get('vis_backends') or ()
    wanted = any(_kind(each) == 'TensorboardVisBackend' for each in backends)
    if wanted and find_spec('tensorboard') is None:
        raise InputError(
            'visualizer: TensorboardVisBackend needs tensorboard, which is '
            "not installed; pip install 'geokr_mm[tensorboard]'"
        )


def settle_precision(config: Any, amp: bool) -> None:
    """Choose the mixed precision of a run by its device.

    Args:
        config (mmengine.Config): Changed in place.
        amp (bool): Whether ``--amp`` was given.

    Raises:
        InputError: If the config itself wants float16 with a loss scaler and
            there is no device for it.
    """
    wrapper = config.optim_wrapper
    kind = _kind(wrapper)
    able = is_cuda_available() or is_npu_available()
    if kind == 'AmpOptimWrapper' and not able and not amp:
        raise InputError(
            'optim_wrapper: AmpOptimWrapper needs a GPU and there is none; '
            "write type='geokr_mm.BFloat16OptimWrapper' or "
            "type='OptimWrapper'"
        )
    if not amp or kind == 'BFloat16OptimWrapper':
        return
    if able:
        wrapper.type = 'AmpOptimWrapper'
        wrapper.setdefault('loss_scale', 'dynamic')
        return
    wrapper.type = 'geokr_mm.BFloat16OptimWrapper'
    for key in OF_LOSS_SCALER:
        wrapper.pop(key, None)
    _note(
        '--amp: there is no GPU; takes bfloat16 on the CPU '
        '(geokr_mm.BFloat16OptimWrapper)'
    )


def settle_rate(config: Any, path: str) -> None:
    """Let the learning rate follow the batch size.

    Args:
        config (mmengine.Config): Changed in place.
        path (str): Its file, for the message.

    Raises:
        InputError: If it has no base batch size.
    """
    if (config.get('auto_scale_lr') or {}).get('base_batch_size') is None:
        raise InputError(
            f'{path}: has no auto_scale_lr, so --auto-scale-lr has '
            'no batch size that the learning rate is for; add '
            'auto_scale_lr=dict(base_batch_size=64)'
        )
    config.auto_scale_lr.enable = True


def settle_checkpoints(config: Any) -> None:
    """Write checkpoints by our hook, whatever library the config is for.

    Args:
        config (mmengine.Config): Changed in place.
    """
    hook = (config.get('default_hooks') or {}).get('checkpoint')
    if hook and _kind(hook) == 'CheckpointHook':
        hook.type = 'geokr_mm.DurableCheckpointHook'


def settle_resuming(config: Any, checkpoint: str) -> None:
    """Resume from a checkpoint.

    Args:
        config (mmengine.Config): Changed in place.
        checkpoint (str): A file, or ``'auto'`` for the last one in the work
            folder.
    """
    config.resume = True
    config.load_from = None if checkpoint == 'auto' else checkpoint


def _kind(config: Any) -> str:
    """Name of the class that a config builds, without its scope."""
    kind = config.get('type', '')
    return str(getattr(kind, '__name__', kind)).rpartition('.')[2]


def _check_number(loader: Any, name: str, key: str, least: int) -> None:
    number = loader.get(key, least)
    if not isinstance(number, int) or number < least:
        raise InputError(
            f'{name}.{key}={number!r}; write a whole number of {least} or more'
        )


def _note(text: str) -> None:
    if is_first_here():
        print(text)
