"""Weights that other libraries wrote, read as data."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..compat import ensure_torchvision
from ..errors import InputError
from ..export.checkpoint import read_checkpoint
from ..export.state import Tensors, state_of
from ..files import expanded

LOCAL_DIR = 'local-dir:'
HUB = ('hf-hub:', 'hf_hub:', 'timm/')
# Of a folder as timm and Hugging Face write it, in their order.
WEIGHTS = ('model.safetensors', 'pytorch_model.bin')


@dataclass(frozen=True)
class Source:
    """Weights and what stands beside them.

    Attributes:
        tensors (dict[str, Tensor]): All, see :func:`.state_of`.
        mean (list[float], optional): Of each band, in 0..255.
        std (list[float], optional): The same.
        licence (str, optional): Of the weights.
    """

    tensors: Tensors
    mean: list[float] | None = None
    std: list[float] | None = None
    licence: str | None = None


def read_source(name: str) -> Source:
    """Read a file, a folder or a model of timm.

    Args:
        name (str): A ``.pth``, ``.safetensors`` or similar file; a folder,
            with or without ``local-dir:`` before it; or a name that timm
            fetches.

    Returns:
        Source: Nothing from a file has been run.

    Raises:
        InputError: If there is no such file or name, it cannot be fetched,
            or it holds something else than data.
    """
    path = expanded(name.removeprefix(LOCAL_DIR))
    if path.is_dir():
        return _read_folder(path)
    if path.exists() or path.suffix in ('.pth', '.pt', '.safetensors'):
        return Source(state_of(read_checkpoint(path)))
    if name.startswith(LOCAL_DIR):
        raise InputError(f'{path}: no such folder; check the path')
    return _fetch(name)


def _read_folder(folder: Path) -> Source:
    file = next((p for n in WEIGHTS if (p := folder / n).is_file()), None)
    if file is None:
        raise InputError(
            f'{folder}: has no {" and no ".join(WEIGHTS)}; give the file'
        )
    settings = _read_json(folder / 'config.json')
    images = _read_json(folder / 'preprocessor_config.json')
    about = settings.get('pretrained_cfg') or {}
    return Source(
        state_of(read_checkpoint(file)),
        _in_bytes(about.get('mean') or images.get('image_mean')),
        _in_bytes(about.get('std') or images.get('image_std')),
        about.get('license'),
    )


def _read_json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text()) if path.is_file() else {}
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise InputError(f'{path}: is no JSON object; copy it again')
    return found


def _fetch(name: str) -> Source:
    """Let timm fetch a model."""
    cure = (
        'where there is a network, run `hf download timm/NAME --local-dir '
        'FOLDER`, and give local-dir:FOLDER'
    )
    ensure_torchvision()
    try:
        import timm
    except ImportError:
        raise InputError(
            f'{name}: no such file, and without timm no name can be fetched; '
            f'{cure}'
        ) from None
    if not name.startswith(HUB) and not timm.is_model(name.split('.')[0]):
        raise InputError(
            f'{name}: no such file, and no model of timm; check the name'
        )
    try:
        model = timm.create_model(name, pretrained=True)
    except (OSError, RuntimeError, ValueError) as error:
        raise InputError(
            f'{name}: timm cannot fetch it ({type(error).__name__}); {cure}'
        ) from None
    about: Any = model.pretrained_cfg
    return Source(
        model.state_dict(),
        _in_bytes(about.get('mean')),
        _in_bytes(about.get('std')),
        about.get('license'),
    )


def _in_bytes(values: Any) -> list[float] | None:
    """From 0..1 to 0..255."""
    return values and [round(255 * value, 3) for value in values]
