"""The knowledge of a checkpoint against that of a run."""

import logging
from collections.abc import Mapping
from typing import Any

from mmengine.logging import print_log

from geokr_mm.errors import InputError

# Facts in the order of the head's outputs and the first layer's inputs.
ORDERED = dict(legend='classes', bands='bands')


def check_taught(
    then: Mapping[str, Any],
    now: Mapping[str, Any],
    path: str,
    testing: bool,
) -> None:
    """Refuse to measure a model by other classes than it was trained on.

    Args:
        then (Mapping): Card that :class:`geokr_mm.KnowledgeCardHook` stored.
        now (Mapping): Card of the dataset in use.
        path (str): The checkpoint.
        testing (bool): Whether the model is measured; in training, which can
            learn other classes, a warning is enough.

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
    """Warn when a run resumes with another index, see :func:`check_taught`."""
    old, new = then.get('index_hash'), now.get('index_hash')
    if old and new and old != new:
        print_log(
            f'{path}: was trained on another index ({old[:12]}) than the one '
            f'that the run goes on with ({new[:12]})',
            'current',
            logging.WARNING,
        )
