"""Heads that read geographic knowledge from features."""

from .knowledge_head import GeographicKnowledgeHead

__all__ = ['GeographicKnowledgeHead']
