"""Transforms that mmcv and mmpretrain do not have."""

from .augment import BandJitter, RandomRightAngle
from .color import ColorJitter
from .dominant import DominantClass
from .formatting import PackKnowledgeInputs
from .loading import LoadPatch
from .views import KnowledgeViews, RandomGroundCrop, RandomOrientation

__all__ = [
    'BandJitter',
    'ColorJitter',
    'DominantClass',
    'KnowledgeViews',
    'LoadPatch',
    'PackKnowledgeInputs',
    'RandomGroundCrop',
    'RandomOrientation',
    'RandomRightAngle',
]
