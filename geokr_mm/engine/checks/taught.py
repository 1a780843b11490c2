"""What a checkpoint was taught against what a run shows it now."""

import logging
from collections.abc import Mapping
from typing import Any

from mmengine.logging import print_log

from geokr_mm.errors import InputError

# Facts that the head's outputs and the first layer's inputs stand for.
ORDERED = dict(legend='classes', bands='bands')


def check_taught(
    then: Mapping[str, Any],
    now: Mapping[str, Any],
    path: str,
    testing: bool,
) -> None:
    """Refuse to measure outputs by other classes than they were taught.

    Args:
        then (Mapping): What :class:`geokr_mm.KnowledgeCardHook` stored in the
            checkpoint.
        now (Mapping): The ``card`` of the dataset in use.
        path (str): The checkpoint.
        testing (bool): Whether the model is measured; a training can learn
            other classes, so it only says so.

    Raises:
        InputError: In a test, if classes differ in name or order, or the
            same bands come in another order.
    """
    for key, word in ORDERED.items():
        old, new = list(then.get(key) or []), list(now.get(key) or [])
        if not old or not new or old == new:
            continue
        text = (
            f'{path}: was taught the {word} {", ".join(old)}; the dataset '
            f'has {", ".join(new)}'
        )
        # Bands of another sensor may well have other names.
        turned = sorted(old) == sorted(new)
        if testing and (key == 'legend' or turned):
            raise InputError(f'{text}; set `{word}` of the dataset to match')
        print_log(text, 'current', logging.WARNING)


def compare_index(
    then: Mapping[str, Any], now: Mapping[str, Any], path: str
) -> None:
    """Say when a run goes on with another index.

    Args:
        then (Mapping): As for :func:`check_taught`.
        now (Mapping): As for :func:`check_taught`.
        path (str): The checkpoint.
    """
    old, new = then.get('index_hash'), now.get('index_hash')
    if old and new and old != new:
        print_log(
            f'{path}: was trained on another index ({old[:12]}) than the one '
            f'that the run goes on with ({new[:12]})',
            'current',
            logging.WARNING,
        )
