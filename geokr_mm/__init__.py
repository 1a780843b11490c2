"""GeoKR: land-cover maps as free supervision for remote-sensing backbones.

Importing the package is cheap on purpose: :mod:`geokr_mm.geo` works without
torch, and the model side loads when a registry needs it.
"""

from typing import Any

from .data_only import read_only_data
from .version import __version__

__all__ = ['__version__', 'predict']

read_only_data()


def __getattr__(name: str) -> Any:
    """Import what needs torch where it is used."""
    if name == 'predict':
        from .prediction.dataset import predict

        return predict
    raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
