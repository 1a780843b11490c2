"""Losses of knowledge pre-training, each a function and a module."""

from .correction_loss import CorrectionLoss, correction_loss, ramp_weight
from .decorrelation_loss import decorrelation_loss
from .knowledge_loss import KnowledgeLoss, knowledge_loss
from .soft_contrast_loss import (
    jensen_shannon,
    land_similarity,
    soft_contrast_loss,
)

__all__ = [
    'CorrectionLoss',
    'KnowledgeLoss',
    'correction_loss',
    'decorrelation_loss',
    'jensen_shannon',
    'knowledge_loss',
    'land_similarity',
    'ramp_weight',
    'soft_contrast_loss',
]
