"""How mmengine opens the files that hold weights, within our runs."""

from typing import Any

from geokr_mm.export.checkpoint import read_checkpoint
from geokr_mm.export.state import state_of


def register_loaders() -> None:
    """Let mmengine read every checkpoint as data, whatever its layout.

    By itself it executes a pickle that cannot be read as data, reads no
    ``.safetensors``, and where weights lie below another key than
    ``state_dict`` it warns and goes on with random weights.
    """
    from mmengine.runner import checkpoint as mm

    # The log shows what follows the tenth letter of a loader's name.
    def load_from_local_data(filename: str, map_location: Any = None) -> Any:
        content = read_checkpoint(filename)
        if filename.endswith('.safetensors'):
            return content
        # mmengine's own classes, which a resumed run needs, are in its way
        # of reading only.
        return _unnested(mm.load_from_local(filename, map_location))

    def load_from_http_data(
        filename: str, map_location: Any = None, **kwargs: Any
    ) -> Any:
        return _unnested(mm.load_from_http(filename, map_location, **kwargs))

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
