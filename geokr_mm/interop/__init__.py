"""Backbones between mmpretrain and other libraries."""

from .architectures import (
    ARCHITECTURES,
    Architecture,
    architecture_of,
    find_architecture,
)
from .layouts import LAYOUTS, from_mmpretrain, sources_of, to_mmpretrain

__all__ = [
    'ARCHITECTURES',
    'LAYOUTS',
    'Architecture',
    'architecture_of',
    'find_architecture',
    'from_mmpretrain',
    'sources_of',
    'to_mmpretrain',
]
