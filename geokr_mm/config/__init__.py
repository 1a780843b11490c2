"""Reading configs: their bases, their variables, overrides.

mmengine is imported when a config is read, not before: ``--help`` and the
error for a wrong path take no time.
"""

from .load import check_config, load_config

__all__ = ['check_config', 'load_config']
