"""Necks between backbone and knowledge head."""

from .knowledge_fpn import KnowledgeFPN

__all__ = ['KnowledgeFPN']
