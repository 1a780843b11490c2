"""From a training checkpoint to a backbone file with a card."""

from .backbone import export_backbone, load_backbone
from .bands import adapt_bands
from .card import describe
from .checkpoint import read_checkpoint
from .hub import export_to
from .state import select_branch
from .teacher import moves_text

__all__ = [
    'adapt_bands',
    'describe',
    'export_backbone',
    'export_to',
    'load_backbone',
    'moves_text',
    'read_checkpoint',
    'select_branch',
]
