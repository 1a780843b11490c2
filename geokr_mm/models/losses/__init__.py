"""The two terms of GeoKR, each a function and a module."""

from .correction_loss import CorrectionLoss, correction_loss, ramp_weight
from .knowledge_loss import KnowledgeLoss, knowledge_loss

__all__ = [
    'CorrectionLoss',
    'KnowledgeLoss',
    'correction_loss',
    'knowledge_loss',
    'ramp_weight',
]
