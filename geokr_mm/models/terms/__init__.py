"""Further terms of GeoKR, each a switch of its own."""

from .feature_decorrelation import FeatureDecorrelation
from .ground_resolution import GroundResolution
from .month import MonthTerm
from .place_clusters import PlaceClusters
from .place_harmonics import PlaceHarmonics
from .soft_contrast import SoftContrast
from .uncertainty import UncertaintyWeights

__all__ = [
    'FeatureDecorrelation',
    'GroundResolution',
    'MonthTerm',
    'PlaceClusters',
    'PlaceHarmonics',
    'SoftContrast',
    'UncertaintyWeights',
]
