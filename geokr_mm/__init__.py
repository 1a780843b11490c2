"""GeoKR: land-cover maps as free supervision for remote-sensing backbones.

Importing the package is cheap on purpose: :mod:`geokr_mm.geo` works without
torch, and the model side loads when a registry needs it.
"""

from .version import __version__

__all__ = ['__version__']
