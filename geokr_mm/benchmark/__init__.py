"""Measuring what pre-training is worth."""

from .results import COLUMNS, append_row, read_rows

__all__ = ['COLUMNS', 'append_row', 'read_rows']
