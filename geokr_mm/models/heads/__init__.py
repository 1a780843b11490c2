"""Heads that read geographic knowledge from features."""

from .gridded_head import GriddedKnowledgeHead
from .knowledge_head import GeographicKnowledgeHead

__all__ = ['GeographicKnowledgeHead', 'GriddedKnowledgeHead']
