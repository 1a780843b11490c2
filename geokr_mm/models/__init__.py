"""Algorithms, heads and losses of knowledge pre-training."""

# First, since it makes torchvision importable for what follows.
import geokr_mm.registry  # noqa: F401

from .data_preprocessor import BandDataPreprocessor
from .geokr import GeoKR
from .heads import GeographicKnowledgeHead, GriddedKnowledgeHead
from .knowledge import Knowledge
from .labels import ClassCorrection, ConfidenceSelection, PatchCorrection
from .losses import CorrectionLoss, KnowledgeLoss
from .necks import KnowledgeFPN
from .sensor_stems import SensorDataPreprocessor, SensorStems
from .step import Outputs, Step
from .teacher import Teacher, ema_update
from .terms import (
    BatchContrast,
    FeatureDecorrelation,
    PlaceClusters,
    SoftContrast,
)

__all__ = [
    'BandDataPreprocessor',
    'BatchContrast',
    'ClassCorrection',
    'ConfidenceSelection',
    'CorrectionLoss',
    'FeatureDecorrelation',
    'GeoKR',
    'GeographicKnowledgeHead',
    'GriddedKnowledgeHead',
    'Knowledge',
    'KnowledgeFPN',
    'KnowledgeLoss',
    'Outputs',
    'PatchCorrection',
    'PlaceClusters',
    'SensorDataPreprocessor',
    'SensorStems',
    'SoftContrast',
    'Step',
    'Teacher',
    'ema_update',
]
