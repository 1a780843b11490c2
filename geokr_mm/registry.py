"""Registries of geokr_mm, children of the mmengine root registries.

``type='geokr_mm.X'`` works in any scope without ``custom_imports``: mmengine
imports this module when it meets the prefix, and ``locations`` names the
packages where the modules register themselves.
"""

from mmengine.registry import DATA_SAMPLERS as MMENGINE_DATA_SAMPLERS
from mmengine.registry import DATASETS as MMENGINE_DATASETS
from mmengine.registry import HOOKS as MMENGINE_HOOKS
from mmengine.registry import METRICS as MMENGINE_METRICS
from mmengine.registry import MODELS as MMENGINE_MODELS
from mmengine.registry import OPTIM_WRAPPERS as MMENGINE_OPTIM_WRAPPERS
from mmengine.registry import RUNNERS as MMENGINE_RUNNERS
from mmengine.registry import TRANSFORMS as MMENGINE_TRANSFORMS
from mmengine.registry import Registry

from .compat import ensure_torchvision

ensure_torchvision()

DATASETS = Registry(
    'dataset', parent=MMENGINE_DATASETS, locations=['geokr_mm.datasets']
)
DATA_SAMPLERS = Registry(
    'data sampler',
    parent=MMENGINE_DATA_SAMPLERS,
    locations=['geokr_mm.datasets'],
)
TRANSFORMS = Registry(
    'transform',
    parent=MMENGINE_TRANSFORMS,
    locations=['geokr_mm.datasets.transforms'],
)
MODELS = Registry(
    'model', parent=MMENGINE_MODELS, locations=['geokr_mm.models']
)
OPTIM_WRAPPERS = Registry(
    'optim_wrapper',
    parent=MMENGINE_OPTIM_WRAPPERS,
    locations=['geokr_mm.engine'],
)
HOOKS = Registry('hook', parent=MMENGINE_HOOKS, locations=['geokr_mm.engine'])
METRICS = Registry(
    'metric', parent=MMENGINE_METRICS, locations=['geokr_mm.evaluation']
)
RUNNERS = Registry(
    'runner', parent=MMENGINE_RUNNERS, locations=['geokr_mm.engine']
)
