"""Algorithms, heads and losses of knowledge pre-training."""

from .geokr import GeoKR
from .heads import GeographicKnowledgeHead
from .losses import CorrectionLoss, KnowledgeLoss
from .teacher import Teacher, ema_update

__all__ = [
    'CorrectionLoss', 'GeoKR', 'GeographicKnowledgeHead', 'KnowledgeLoss',
    'Teacher', 'ema_update'
]
