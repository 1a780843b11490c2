"""Metrics that no library has."""

# First, since it makes torchvision importable for what follows.
import geokr_mm.registry  # noqa: F401

from .fraction_metric import FractionMetric, fraction_errors

__all__ = ['FractionMetric', 'fraction_errors']
