"""What can be known before the first step, one idea a file.

Each check raises an InputError that names the setting and the cure.
"""

from .batches import batch_sizes, check_batches, patches
from .knowledge import check_knowledge
from .layers import LayerInputs
from .teacher import check_teacher

__all__ = [
    'LayerInputs',
    'batch_sizes',
    'check_batches',
    'check_knowledge',
    'check_teacher',
    'patches',
]
