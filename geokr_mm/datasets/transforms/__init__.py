"""Transforms that mmcv and mmpretrain do not have."""

from .augment import BandJitter, RandomRightAngle
from .formatting import PackKnowledgeInputs
from .loading import LoadPatch

__all__ = [
    'BandJitter',
    'LoadPatch',
    'PackKnowledgeInputs',
    'RandomRightAngle',
]
