"""Hooks that act during training."""

from .checkpoint import DurableCheckpointHook
from .ema_teacher import EMATeacherHook, ReleasedSchedule
from .knowledge_card import KnowledgeCardHook
from .non_finite import NonFiniteHook
from .parts import PartsHook
from .pretrained_guard import PretrainedGuardHook
from .processes import ProcessMeanHook, StepSizeHook
from .sanity_check import SanityCheckHook

__all__ = [
    'DurableCheckpointHook',
    'EMATeacherHook',
    'KnowledgeCardHook',
    'NonFiniteHook',
    'PartsHook',
    'PretrainedGuardHook',
    'ProcessMeanHook',
    'ReleasedSchedule',
    'SanityCheckHook',
    'StepSizeHook',
]
