"""What acts during training."""

# First, since it makes torchvision importable for what follows.
import geokr_mm.registry  # noqa: F401

from . import hooks, optim_wrappers, sharded_runner

__all__ = ['hooks', 'optim_wrappers', 'sharded_runner']
