"""Algorithms, heads and losses of knowledge pre-training."""

# First, since it makes torchvision importable for what follows.
import geokr_mm.registry  # noqa: F401

from .data_preprocessor import BandDataPreprocessor
from .geokr import GeoKR
from .heads import GeographicKnowledgeHead, GriddedKnowledgeHead
from .knowledge import Knowledge
from .labels import (
    ClassCorrection,
    ConfidenceSelection,
    PatchCorrection,
    PriorSmoothing,
)
from .losses import CorrectionLoss, KnowledgeLoss
from .necks import KnowledgeFPN
from .step import Step
from .teacher import Teacher, ema_update
from .terms import (
    FeatureDecorrelation,
    GroundResolution,
    MonthTerm,
    PlaceClusters,
    PlaceHarmonics,
    SoftContrast,
    UncertaintyWeights,
)

__all__ = [
    'BandDataPreprocessor',
    'ClassCorrection',
    'ConfidenceSelection',
    'CorrectionLoss',
    'FeatureDecorrelation',
    'GeoKR',
    'GeographicKnowledgeHead',
    'GriddedKnowledgeHead',
    'GroundResolution',
    'Knowledge',
    'KnowledgeFPN',
    'KnowledgeLoss',
    'MonthTerm',
    'PatchCorrection',
    'PlaceClusters',
    'PlaceHarmonics',
    'PriorSmoothing',
    'SoftContrast',
    'Step',
    'Teacher',
    'UncertaintyWeights',
    'ema_update',
]
