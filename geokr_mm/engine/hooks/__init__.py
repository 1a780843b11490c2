"""Hooks that act during training."""

from .correction_ramp import CorrectionRampHook
from .ema_teacher import EMATeacherHook, ReleasedSchedule
from .knowledge_card import KnowledgeCardHook
from .pretrained_guard import PretrainedGuardHook

__all__ = [
    'CorrectionRampHook',
    'EMATeacherHook',
    'KnowledgeCardHook',
    'PretrainedGuardHook',
    'ReleasedSchedule',
]
