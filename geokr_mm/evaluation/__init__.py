"""Metrics that no library has."""

# First, since it makes torchvision importable for what follows.
import geokr_mm.registry  # noqa: F401

from .fraction_metric import FractionMetric, fraction_errors
from .micro_precision import MicroAveragePrecision

__all__ = ['FractionMetric', 'MicroAveragePrecision', 'fraction_errors']
