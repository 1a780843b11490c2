"""How mmengine opens the files that hold weights, within our runs."""

from typing import Any

import torch

from geokr_mm.export.checkpoint import allowed_objects, read_checkpoint
from geokr_mm.export.state import state_of


def register_loaders() -> None:
    """Let mmengine read every checkpoint as data, whatever its layout.

    By itself it executes a pickle that cannot be read as data (the fork) or
    does not read its own training checkpoints (upstream 0.10 with torch 2.6
    or later), reads no ``.safetensors``, and where weights lie below another
    key than ``state_dict`` it warns and goes on with random weights.
    """
    from mmengine.logging import HistoryBuffer
    from mmengine.runner import checkpoint as mm

    # The log shows what follows the tenth letter of a loader's name.
    def load_from_local_data(filename: str, map_location: Any = None) -> Any:
        content = read_checkpoint(
            filename, HistoryBuffer, map_location or 'cpu'
        )
        if filename.endswith('.safetensors'):
            return content
        return _unnested(content)

    def load_from_http_data(
        filename: str, map_location: Any = None, **kwargs: Any
    ) -> Any:
        with torch.serialization.safe_globals(allowed_objects(HistoryBuffer)):
            content = mm.load_from_http(filename, map_location, **kwargs)
        return _unnested(content)

    loader = mm.CheckpointLoader
    loader.register_scheme('', loader=load_from_local_data, force=True)
    loader.register_scheme(
        ('http://', 'https://'), loader=load_from_http_data, force=True
    )


def _unnested(content: Any) -> Any:
    """A checkpoint with its weights where mmengine looks for them."""
    state = content.get('state_dict', content)
    if any(isinstance(value, dict) for value in state.values()):
        return {**content, 'state_dict': state_of(content)}
    return content
