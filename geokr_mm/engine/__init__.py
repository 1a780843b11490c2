"""Hooks that act during training."""

# First, since it makes torchvision importable for what follows.
import geokr_mm.registry  # noqa: F401

from . import hooks

__all__ = ['hooks']
