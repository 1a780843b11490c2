"""Which patches come when."""

from .balanced import BalancedSampler

__all__ = ['BalancedSampler']
