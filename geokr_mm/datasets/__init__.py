"""Datasets and transforms."""

from . import transforms
from .geokr_dataset import GeoKRDataset

__all__ = ['GeoKRDataset', 'transforms']
