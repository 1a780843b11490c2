"""Training curves from the log that a run keeps."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geokr_mm.errors import InputError


def read_scalars(work_dir: Path) -> dict[str, NDArray[Any]]:
    """Scalars of the last run in a work folder.

    Args:
        work_dir (Path): Work folder of a run of mmengine.

    Returns:
        dict[str, np.ndarray]: Name to values, ``step`` among them, each (N, ).

    Raises:
        InputError: If there is no log.
    """
    logs = sorted(work_dir.glob('*/vis_data/scalars.json'))
    if not logs:
        raise InputError(f'{work_dir}: no log of a training run; run it again')
    lines = [json.loads(text) for text in logs[-1].read_text().splitlines()]
    lines = [line for line in lines if 'loss' in line]
    names = [name for name in lines[0] if all(name in line for line in lines)]
    return {
        name: np.array([line[name] for line in lines], float) for name in names
    }


def smooth(values: NDArray[Any], width: int = 5) -> NDArray[Any]:
    """Centred moving average; shorter at both ends.

    Args:
        values (np.ndarray): (N, ).
        width (int): Odd number of values. Defaults to 5.
    """
    ones = np.ones(width)
    total = np.convolve(values, ones)[width // 2 :][: len(values)]
    count = np.convolve(np.ones(len(values)), ones)[width // 2 :][
        : len(values)
    ]
    return np.asarray(total / count)
