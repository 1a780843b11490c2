"""Lets mmengine read every file of weights as data, in any script of ours.

By itself it executes a pickle that cannot be read as data (the fork) or does
not read its own training checkpoints (upstream 0.10 with torch 2.6 or later),
reads no ``.safetensors``, and where weights lie below another key than
``state_dict`` it warns and goes on with random weights.
"""

import importlib.util
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

TARGET = 'mmengine.runner.checkpoint'


def read_only_data() -> None:
    """Change the loaders of mmengine, now or as soon as it is imported."""
    if TARGET in sys.modules:
        register_loaders(sys.modules[TARGET])
    elif not any(isinstance(f, _AfterImport) for f in sys.meta_path):
        sys.meta_path.insert(0, _AfterImport())


class _AfterImport(MetaPathFinder):
    """Changes mmengine's loaders right after their import.

    An import of torch and mmengine would take seconds from those who use
    neither.
    """

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        if fullname != TARGET:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(fullname)
        if spec is None or spec.loader is None:
            return spec
        usual = spec.loader.exec_module

        def exec_module(module: ModuleType) -> None:
            usual(module)
            register_loaders(module)

        spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


def register_loaders(mm: Any) -> None:
    """Register our loaders of files and addresses.

    Args:
        mm (ModuleType): ``mmengine.runner.checkpoint``.
    """

    usual_url = mm.load_url

    # The log shows what follows the tenth letter of a loader's name.
    def load_from_local_data(filename: str, map_location: Any = None) -> Any:
        from mmengine.logging import HistoryBuffer

        from .export.checkpoint import read_checkpoint

        content = read_checkpoint(
            filename, HistoryBuffer, map_location or 'cpu'
        )
        if filename.endswith('.safetensors'):
            return content
        return _unnested(content)

    def load_from_http_data(filename: str, *args: Any, **kwargs: Any) -> Any:
        return _unnested(mm.load_from_http(filename, *args, **kwargs))

    def load_url(url: str, **kwargs: Any) -> Any:
        from .export.checkpoint import as_data

        with as_data(url):
            return usual_url(url, **kwargs, weights_only=True)

    def load_file(
        file: Any, map_location: Any = None, weights_only: Any = True
    ) -> Any:
        import torch

        from .export.checkpoint import as_data

        with as_data(file):
            return torch.load(file, map_location, weights_only=True)

    # What the loaders of all other addresses call.
    mm.load_url = load_url
    mm._safe_torch_load = load_file
    loader = mm.CheckpointLoader
    loader.register_scheme('', loader=load_from_local_data, force=True)
    loader.register_scheme(
        ('http://', 'https://'), loader=load_from_http_data, force=True
    )


def _unnested(content: Any) -> Any:
    """A checkpoint with its weights where mmengine looks for them."""
    from .export.state import state_of

    state = content.get('state_dict', content)
    if any(isinstance(value, dict) for value in state.values()):
        return {**content, 'state_dict': state_of(content)}
    return content
