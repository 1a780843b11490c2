"""Treatment of wrong labels: correction and weights."""

from .correction import ClassCorrection, PatchCorrection, correction_terms
from .selection import ConfidenceSelection

__all__ = [
    'ClassCorrection',
    'ConfidenceSelection',
    'PatchCorrection',
    'correction_terms',
]
