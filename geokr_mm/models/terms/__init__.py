"""Further losses of GeoKR, one a file."""

from .batch_contrast import BatchContrast
from .decorrelation import FeatureDecorrelation
from .place_clusters import PlaceClusters
from .soft_contrast import SoftContrast

__all__ = [
    'BatchContrast',
    'FeatureDecorrelation',
    'PlaceClusters',
    'SoftContrast',
]
