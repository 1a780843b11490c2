"""Further losses of GeoKR, one a file."""

from .decorrelation import FeatureDecorrelation
from .place_clusters import PlaceClusters
from .soft_contrast import SoftContrast

__all__ = ['FeatureDecorrelation', 'PlaceClusters', 'SoftContrast']
