"""Hooks that act during training."""

from .ema_teacher import EMATeacherHook, ReleasedSchedule
from .knowledge_card import KnowledgeCardHook
from .parts import PartsHook
from .pretrained_guard import PretrainedGuardHook
from .processes import ProcessMeanHook, StepSizeHook
from .sanity_check import SanityCheckHook
from .speed import ProfileHook, SpeedHook

__all__ = [
    'EMATeacherHook',
    'KnowledgeCardHook',
    'PartsHook',
    'PretrainedGuardHook',
    'ProcessMeanHook',
    'ProfileHook',
    'ReleasedSchedule',
    'SanityCheckHook',
    'SpeedHook',
    'StepSizeHook',
]
