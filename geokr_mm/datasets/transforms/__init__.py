"""Transforms that mmcv and mmpretrain do not have."""

from .as_pretrained import NormalizeAsPretrained
from .augment import BandJitter, RandomRightAngle
from .band_files import LoadBandFiles
from .color import ColorJitter
from .dominant import DominantClass
from .drawn_views import DrawnViews
from .formatting import PackKnowledgeInputs
from .loading import LoadPatch
from .scene_patch import LoadScenePatch
from .views import KnowledgeViews, RandomGroundCrop, RandomOrientation

__all__ = [
    'BandJitter',
    'ColorJitter',
    'DominantClass',
    'DrawnViews',
    'KnowledgeViews',
    'LoadBandFiles',
    'LoadPatch',
    'LoadScenePatch',
    'NormalizeAsPretrained',
    'PackKnowledgeInputs',
    'RandomGroundCrop',
    'RandomOrientation',
    'RandomRightAngle',
]
