"""What is done about wrong labels: corrected, smoothed, weighed."""

from .correction import ClassCorrection, PatchCorrection, correction_terms
from .selection import ConfidenceSelection
from .smoothing import PriorSmoothing

__all__ = [
    'ClassCorrection',
    'ConfidenceSelection',
    'PatchCorrection',
    'PriorSmoothing',
    'correction_terms',
]
