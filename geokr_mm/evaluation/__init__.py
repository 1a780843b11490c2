"""Metrics that no library has."""

from .fraction_metric import FractionMetric, fraction_errors

__all__ = ['FractionMetric', 'fraction_errors']
