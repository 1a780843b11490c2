"""Scenes whose numbers may not mean the same."""

import logging
from collections.abc import Sequence

from ..scenes.scene import Scaling, Scene
from ..scenes.sensors import SENTINEL2_NAME

logger = logging.getLogger('geokr_mm')

# Since then Sentinel-2's counts are 1000 higher (processing baseline 04.00);
# older scenes too, where they were processed again.
_SHIFTED = '2022-01-25'


def warn_of_mixed_numbers(scenes: Sequence[Scene]) -> None:
    """Warn where some scenes have another scale or offset, unstated."""
    stated: list[Scene] = []
    silent: list[Scene] = []
    for scene in scenes:
        # An offset alone leaves counts what they are.
        known = any(s.scale != Scaling().scale for s in scene.scaling)
        (stated if known else silent).append(scene)
    cure = 'state it with --scale and --offset, or in a .csv table'
    if stated and silent:
        logger.warning(
            f'{silent[0].files[0]}: states no scale ({len(silent)} of '
            f'{len(scenes)} scenes), {stated[0].files[0]} does; if the first '
            f'needs one, {cure}'
        )
        return
    dates = [
        scene.date
        for scene in silent
        if scene.date is not None and SENTINEL2_NAME.search(scene.name)
    ]
    if dates and min(dates) < _SHIFTED <= max(dates):
        logger.warning(
            f'{silent[0].files[0]}: nothing tells the processing baseline of '
            f'Sentinel-2 scenes from before and after {_SHIFTED}, since when '
            f'numbers are 1000 higher; {cure}'
        )
