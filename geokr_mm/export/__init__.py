"""From a training checkpoint to a backbone file that says what it is."""

from .backbone import export_backbone, load_backbone, select_branch
from .bands import adapt_bands
from .card import describe
from .checkpoint import read_checkpoint

__all__ = [
    'adapt_bands',
    'describe',
    'export_backbone',
    'load_backbone',
    'read_checkpoint',
    'select_branch',
]
