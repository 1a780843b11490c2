"""Datasets and transforms."""

# First, since it makes torchvision importable for what follows.
import geokr_mm.registry  # noqa: F401

from . import transforms
from .balanced import ClassBalancedSampler
from .cloud_pairs import CloudPairs
from .few_labels import FewLabels
from .fold import Fold
from .geokr_dataset import GeoKRDataset
from .scene_folder import SceneFolder
from .scene_sampler import SceneSampler
from .sensors import SensorDataset, SensorSampler
from .several_labels import SeveralLabels
from .tiny_world import TinyWorldDataset

__all__ = [
    'ClassBalancedSampler',
    'CloudPairs',
    'FewLabels',
    'Fold',
    'GeoKRDataset',
    'SceneFolder',
    'SceneSampler',
    'SensorDataset',
    'SensorSampler',
    'SeveralLabels',
    'TinyWorldDataset',
    'transforms',
]
