"""Public data sets of downstream tasks: cards, checks, splits, lists."""

from .card import Card, Protocol, list_cards, load_card

__all__ = ['Card', 'Protocol', 'list_cards', 'load_card']
