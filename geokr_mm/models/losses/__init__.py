"""Losses of knowledge pre-training, each a function and a module."""

from .correction_loss import CorrectionLoss, correction_loss
from .decorrelation_loss import decorrelation_loss
from .knowledge_loss import KnowledgeLoss, knowledge_loss
from .month_loss import circle_loss, soft_month_loss
from .soft_contrast_loss import (
    jensen_shannon,
    land_similarity,
    soft_contrast_loss,
)

__all__ = [
    'CorrectionLoss',
    'KnowledgeLoss',
    'circle_loss',
    'correction_loss',
    'decorrelation_loss',
    'jensen_shannon',
    'knowledge_loss',
    'land_similarity',
    'soft_contrast_loss',
    'soft_month_loss',
]
