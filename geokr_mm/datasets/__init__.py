"""Datasets and transforms."""

# First, since it makes torchvision importable for what follows.
import geokr_mm.registry  # noqa: F401

from . import transforms
from .geokr_dataset import GeoKRDataset

__all__ = ['GeoKRDataset', 'transforms']
