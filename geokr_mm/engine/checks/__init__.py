"""What can be known before the first step, one idea a file.

Each check raises an InputError that names the setting and the cure.
"""

from .batches import batch_sizes, check_batches, patches
from .devices import check_devices
from .knowledge import check_knowledge
from .layers import LayerInputs
from .taught import check_taught, compare_index
from .teacher import check_teacher

__all__ = [
    'LayerInputs',
    'batch_sizes',
    'check_batches',
    'check_devices',
    'check_knowledge',
    'check_taught',
    'check_teacher',
    'patches',
    'compare_index',
]
