"""Hooks that act during training."""

from .ema_teacher import EMATeacherHook, ReleasedSchedule
from .knowledge_card import KnowledgeCardHook
from .parts import PartsHook
from .pretrained_guard import PretrainedGuardHook
from .process_mean import ProcessMeanHook
from .sanity_check import SanityCheckHook
from .step_size import StepSizeHook

__all__ = [
    'EMATeacherHook',
    'KnowledgeCardHook',
    'PartsHook',
    'PretrainedGuardHook',
    'ProcessMeanHook',
    'ReleasedSchedule',
    'SanityCheckHook',
    'StepSizeHook',
]
