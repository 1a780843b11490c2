"""Reading configs: their bases, their variables, overrides.

Light: mmengine is imported when a config is read, not before, so that a
command's ``--help`` and a wrong path are answered at once.
"""

from .load import check_config, load_config

__all__ = ['check_config', 'load_config']
