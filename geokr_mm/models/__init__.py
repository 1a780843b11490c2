"""Algorithms, heads and losses of knowledge pre-training."""

# First, since it makes torchvision importable for what follows.
import geokr_mm.registry  # noqa: F401

from .data_preprocessor import BandDataPreprocessor
from .geokr import GeoKR
from .heads import GeographicKnowledgeHead
from .losses import CorrectionLoss, KnowledgeLoss
from .teacher import Teacher, ema_update

__all__ = [
    'BandDataPreprocessor',
    'CorrectionLoss',
    'GeoKR',
    'GeographicKnowledgeHead',
    'KnowledgeLoss',
    'Teacher',
    'ema_update',
]
