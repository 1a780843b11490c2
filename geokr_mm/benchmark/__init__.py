"""Measuring what pre-training is worth."""

from .results import COLUMNS, append_rows, read_rows

__all__ = ['COLUMNS', 'append_rows', 'read_rows']
