"""Hooks that act during training."""

from .correction_ramp import CorrectionRampHook
from .ema_teacher import EMATeacherHook, ReleasedSchedule
from .knowledge_card import KnowledgeCardHook
from .label_correction import LabelCorrectionHook
from .place_clusters import PlaceClustersHook
from .pretrained_guard import PretrainedGuardHook
from .process_mean import ProcessMeanHook
from .progress import ProgressHook
from .sanity_check import SanityCheckHook
from .step_size import StepSizeHook
from .whitening import WhiteningHook

__all__ = [
    'CorrectionRampHook',
    'EMATeacherHook',
    'KnowledgeCardHook',
    'LabelCorrectionHook',
    'PlaceClustersHook',
    'PretrainedGuardHook',
    'ProcessMeanHook',
    'ProgressHook',
    'ReleasedSchedule',
    'SanityCheckHook',
    'StepSizeHook',
    'WhiteningHook',
]
