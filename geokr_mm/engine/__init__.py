"""Hooks that act during training."""

from . import hooks

__all__ = ['hooks']
