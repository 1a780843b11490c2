"""Geography: scenes, land-cover products, exact class fractions, the index.

Usable on its own; imports no torch and nothing of OpenMMLab. Names load on
first use, so that importing the package stays quick.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .atlas import Atlas
    from .build import BuildOptions, build_index
    from .fractions import class_fractions
    from .index import IndexMetadata, KnowledgeIndex, write_index
    from .label import LabelOptions, label_footprints
    from .landcover import Fractions, LandCover
    from .legend import Legend
    from .product import Product, list_products, load_product
    from .radiometry import stretch
    from .scene import PatchRecord, Scene, Window, read_patch

_HOMES = {
    'Atlas': 'atlas',
    'BuildOptions': 'build',
    'build_index': 'build',
    'class_fractions': 'fractions',
    'IndexMetadata': 'index',
    'KnowledgeIndex': 'index',
    'write_index': 'index',
    'LabelOptions': 'label',
    'label_footprints': 'label',
    'Fractions': 'landcover',
    'LandCover': 'landcover',
    'Legend': 'legend',
    'Product': 'product',
    'list_products': 'product',
    'load_product': 'product',
    'stretch': 'radiometry',
    'PatchRecord': 'scene',
    'Scene': 'scene',
    'Window': 'scene',
    'read_patch': 'scene',
}

__all__ = [
    'Atlas',
    'BuildOptions',
    'Fractions',
    'IndexMetadata',
    'KnowledgeIndex',
    'LabelOptions',
    'LandCover',
    'Legend',
    'PatchRecord',
    'Product',
    'Scene',
    'Window',
    'build_index',
    'class_fractions',
    'label_footprints',
    'list_products',
    'load_product',
    'read_patch',
    'stretch',
    'write_index',
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f'.{_HOMES[name]}', __name__), name)
    raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
