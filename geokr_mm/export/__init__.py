"""From a training checkpoint to a backbone file that says what it is."""

from .backbone import export_backbone, load_backbone
from .bands import adapt_bands
from .branch import select_branch
from .card import describe
from .checkpoint import read_checkpoint
from .teacher import moves_text

__all__ = [
    'adapt_bands',
    'describe',
    'export_backbone',
    'load_backbone',
    'moves_text',
    'read_checkpoint',
    'select_branch',
]
