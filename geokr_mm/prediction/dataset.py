"""What a network reads in one scene, for notebooks."""

from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError
from ..geo.core.executor import Executor
from ..geo.cover.cells import cell_transform
from .block import read_block
from .cover import make_task
from .network import choose_device, network_of
from .options import PredictOptions


def predict(
    scene: str | Path,
    checkpoint: str | Path,
    *,
    stride: int | None = None,
    branch: str | None = None,
    device: str | None = None,
    batch: int = 64,
) -> Any:
    """Class fractions of the cells of a scene; needs ``xarray``.

    Args:
        scene (str | Path): Georeferenced image, as for
            ``tools/predict_cover.py``.
        checkpoint (str | Path): Of a pre-training run.
        stride (int, optional): Pixels from window to window.
        branch (str, optional): ``'teacher'`` or ``'student'``; the teacher
            if there is one.
        device (str, optional): Of torch; ``'cuda'`` where there is one.
        batch (int): Windows at a time.

    Returns:
        xarray.Dataset: ``fractions`` (class, y, x), ``entropy`` (y, x) and,
        of a checkpoint with both networks, ``student_teacher`` (y, x), the
        total variation between them; NaN where the scene is empty. ``y`` and
        ``x`` are centres of cells in the scene's CRS, the attribute ``crs``.

    Raises:
        InputError: Several scenes, a scene that is rotated, no ``xarray``,
            or what the command refuses.

    Example:
        >>> found = geokr_mm.predict('scene.tif', 'epoch_20.pth')
        >>> found.fractions.sel({'class': 'forest'}).plot()
    """
    try:
        import xarray
    except ImportError:
        raise InputError(
            "geokr_mm.predict needs xarray: pip install 'geokr_mm[xarray]'"
        ) from None
    options = PredictOptions(
        checkpoint=str(checkpoint),
        scenes=(str(scene),),
        out='',
        stride=stride,
        branch=branch,
    )
    network = network_of(str(checkpoint), branch, choose_device(device))
    task = make_task(options, network, network.legend(), Executor(), batch)
    if len(task.views) > 1:
        raise InputError(f'{scene}: {len(task.views)} scenes; give one')
    grid, own = task.views[0].grid, task.views[0].scene
    if own.transform.b or own.transform.d:
        raise InputError(
            f'{scene}: is rotated, so rows have no coordinate; warp it, or '
            'use tools/predict_cover.py'
        )
    layers: dict[str, Any] = {}
    for number, span in enumerate(grid.blocks):
        for name, values in read_block(task, 0, number).items():
            whole = layers.setdefault(
                name, np.empty((*grid.shape, *values.shape[2:]), np.float32)
            )
            whole[span.row : span.row_end, span.col : span.col_end] = values
    step = cell_transform(own.transform, grid.cell)
    y, x = (np.arange(n) + 0.5 for n in grid.shape)
    return xarray.Dataset(
        {
            name: (('y', 'x'), values)
            if values.ndim == 2
            else (('class', 'y', 'x'), values.transpose(2, 0, 1))
            for name, values in layers.items()
        },
        coords={
            'class': list(network.classes),
            'y': step.f + step.e * y,
            'x': step.c + step.a * x,
        },
        attrs={
            'scene': own.name,
            'crs': own.crs,
            'checkpoint': Path(checkpoint).name,
            'network': network.branches[0],
        },
    )
