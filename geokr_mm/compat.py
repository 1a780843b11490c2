"""What has to hold before OpenMMLab libraries are imported."""

import contextlib
import importlib
import importlib.util
import io
import re
import sys
import types
import warnings
from collections.abc import Callable
from importlib import metadata
from importlib.machinery import ModuleSpec

from packaging.version import Version

# Ranges that the test suite has run with, as (module, first, first not).
TESTED = (
    ('mmengine', '0.10.4', '0.11'),
    ('mmcv', '2.0.0', '2.4'),
    ('mmpretrain', '1.2.0', '1.4'),
    ('mmseg', '1.2.0', '1.5'),
    ('mmdet', '3.3.0', '3.6'),
)

_TORCHVISION_SCHEMAS = (
    'nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor',
    'qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor',
)
# The compiled part of mmcv.
_OPS = 'mmcv._ext'
# torch keeps a library's definitions only as long as the object lives.
_libraries: list[object] = []


def ensure_torchvision() -> bool:
    """Make a CUDA build of torchvision importable beside a CPU-only torch.

    The package index serves only CUDA builds of torchvision. Their compiled
    part does not load beside a CPU-only torch, and the import then stops at
    the shape function of an operator that was never declared. Declaring the
    two schemas is enough for transforms and models, which is all that
    mmpretrain uses. A pair that imports is left alone.

    Returns:
        bool: True if the schemas had to be declared.
    """
    if importlib.util.find_spec('torchvision') is None:
        return False
    try:
        importlib.import_module('torchvision')
        return False
    except RuntimeError as error:
        if not re.search(
            r'operator torchvision::\w+ does not exist', str(error)
        ):
            raise
    import torch

    for name in [m for m in sys.modules if m.split('.')[0] == 'torchvision']:
        del sys.modules[name]
    library = torch.library.Library('torchvision', 'DEF')
    for schema in _TORCHVISION_SCHEMAS:
        library.define(schema)
    _libraries.append(library)
    importlib.import_module('torchvision')
    return True


def ensure_segmentation() -> bool:
    """Make the original mmsegmentation importable beside mmcv-lite.

    It imports ``mmcv.ops`` for heads that few use, and mmcv-lite has no
    compiled part. A stand-in takes the import; an operator that is then used
    stops with the cure. The maintained fork needs none and gets none.

    Returns:
        bool: True if a stand-in was needed.
    """
    try:
        metadata.distribution('mmsegmentation')
    except metadata.PackageNotFoundError:
        return False
    if importlib.util.find_spec(_OPS) is not None:
        return False
    module = types.ModuleType(_OPS)
    module.__spec__ = ModuleSpec(_OPS, loader=None)
    module.__getattr__ = missing_operator  # type: ignore[method-assign]
    sys.modules[_OPS] = module
    return True


def missing_operator(name: str) -> Callable[..., None]:
    """An operator that stops when it is used."""
    if name.startswith('__'):
        raise AttributeError(name)

    def stop(*_: object, **__: object) -> None:
        raise ImportError(
            f'{name} is a compiled operator, which mmcv-lite does not have; '
            'install mmcv'
        )

    return stop


def import_mmpretrain() -> None:
    """Import mmpretrain, if it is there, without its note on OneDL.

    The fork prints "Could not import OneDL", which is about data sets of
    its makers.
    """
    if importlib.util.find_spec('mmpretrain') is None:
        return
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        importlib.import_module('mmpretrain')
    for line in printed.getvalue().splitlines():
        if line != 'Could not import OneDL':
            print(line)


def warn_untested(modules: tuple[tuple[str, str, str], ...] = TESTED) -> None:
    """Warn, once for each, of loaded libraries outside the tested range.

    Versions are read from the modules, never from distributions: the
    ``onedl-*`` forks and the original packages install the same modules.

    Args:
        modules (tuple): Rows of module name, first tested version and first
            version above the tested range. Defaults to :data:`TESTED`.
    """
    for name, first, above in modules:
        module = sys.modules.get(name)
        version = getattr(module, '__version__', None)
        if version is None or name in _warned:
            continue
        if not Version(first) <= Version(version) < Version(above):
            _warned.add(name)
            warnings.warn(
                f'{name} {version} is outside the range geokr_mm was tested '
                f'with (>={first}, <{above}); it may still work',
                stacklevel=2,
            )


_warned: set[str] = set()
