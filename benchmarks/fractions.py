"""Footprints per second; see fraction_speed.py, which does the work.

Scripts see their own folder first, so this file stands before the standard
library's module ``fractions``: whoever imports it by that name gets the real
one.
"""

import importlib
import os
import sys
from pathlib import Path

HERE = str(Path(__file__).resolve().parent)


def standard_fractions() -> None:
    """Put the standard library's module in its place."""
    path = list(sys.path)
    sys.path[:] = [p for p in path if str(Path(p).resolve()) != HERE]
    sys.modules.pop('fractions', None)
    sys.modules['fractions'] = importlib.import_module('fractions')
    sys.path[:] = path


standard_fractions()

if __name__ == '__main__':
    # Single core, said before numpy, GDAL and numba start their pools.
    for name in ('OMP_NUM_THREADS', 'NUMBA_NUM_THREADS', 'GDAL_NUM_THREADS'):
        os.environ.setdefault(name, '1')
    importlib.import_module('fraction_speed').main()
