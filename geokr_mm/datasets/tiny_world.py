"""The synthetic planet of the smoke config, made where it is missing."""

from pathlib import Path
from typing import Any

from mmengine.dist import barrier, is_main_process

from geokr_mm.registry import DATASETS

from .geokr_dataset import GeoKRDataset


@DATASETS.register_module()
class TinyWorldDataset(GeoKRDataset):
    """Patches of the tiny synthetic planet, with nothing to prepare.

    One command then shows that an installation works, in any empty folder.
    The first run makes the planet and its index, in about half a minute;
    later ones find them.

    Args:
        index (str): Path of the index. Only a folder called ``tiny_world``
            is filled if it is missing, so that a mistyped path of another
            index stays an error.
        **kwargs: See :class:`GeoKRDataset`.
    """

    def __init__(self, index: str, **kwargs: Any) -> None:
        world = Path(index).parent
        if world.name == 'tiny_world' and not Path(index).exists():
            if is_main_process():
                _make(world, index)
            barrier()
        super().__init__(index=index, **kwargs)


def _make(world: Path, index: str) -> None:
    """Make the planet and the index of its scenes."""
    from geokr_mm.geo.pipeline.cli import main as build_index
    from geokr_mm.world.pipeline.build import make_world
    from geokr_mm.world.pipeline.presets import PRESETS

    make_world(world, PRESETS['tiny'])
    build_index(
        [
            '--scenes',
            str(world / 'scenes'),
            '--product',
            'globeland30',
            '--land-cover',
            str(world / 'landcover'),
            '--bands',
            'red,green,blue',
            '--patch-size',
            '64',
            '--out',
            index,
        ]
    )
