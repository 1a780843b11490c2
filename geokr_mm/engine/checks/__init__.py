"""Checks before the first step, one idea a file.

Each check raises an InputError that names the setting and the cure.
"""

from .batches import batch_sizes, check_batches, patches
from .knowledge import check_knowledge
from .layers import LayerInputs, check_devices
from .pixels import check_once, warn_of_pixels
from .taught import check_taught, compare_index
from .teacher import check_teacher

__all__ = [
    'LayerInputs',
    'batch_sizes',
    'check_batches',
    'check_devices',
    'check_knowledge',
    'check_once',
    'check_taught',
    'check_teacher',
    'patches',
    'compare_index',
    'warn_of_pixels',
]
