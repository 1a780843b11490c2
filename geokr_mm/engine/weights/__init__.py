"""Whether the weights of a file are those that a model takes."""

from .advice import fitting_part, fitting_prefix
from .comparison import Comparison, compare, some
from .start import Start, check_start, start_file_of, starts_of
from .whole import check_resumable, check_whole

__all__ = [
    'Comparison',
    'Start',
    'check_resumable',
    'check_start',
    'check_whole',
    'compare',
    'fitting_part',
    'fitting_prefix',
    'some',
    'start_file_of',
    'starts_of',
]
