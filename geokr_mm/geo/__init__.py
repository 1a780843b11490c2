"""Geography: scenes, land-cover products, exact class fractions, the index.

Usable on its own; imports no torch and nothing of OpenMMLab. Names load on
first use, so that importing the package stays quick.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .footprints.label import LabelOptions, label_footprints
    from .fusion.map_stack import Atlas
    from .index.knowledge_index import KnowledgeIndex
    from .index.schema import IndexMetadata
    from .index.writer import write_index
    from .landcover.fractions import class_fractions
    from .landcover.landcover import Fractions, LandCover
    from .maps.legend import Legend
    from .maps.product import Product, list_products, load_product
    from .pipeline.build import build_index
    from .pipeline.options import BuildOptions
    from .scenes.patch import PatchRecord, read_patch
    from .scenes.radiometry import stretch
    from .scenes.scene import Scene
    from .scenes.windowed_read import Window

_MODULES = {
    'Atlas': 'fusion.map_stack',
    'BuildOptions': 'pipeline.options',
    'build_index': 'pipeline.build',
    'class_fractions': 'landcover.fractions',
    'IndexMetadata': 'index.schema',
    'KnowledgeIndex': 'index.knowledge_index',
    'write_index': 'index.writer',
    'LabelOptions': 'footprints.label',
    'label_footprints': 'footprints.label',
    'Fractions': 'landcover.landcover',
    'LandCover': 'landcover.landcover',
    'Legend': 'maps.legend',
    'Product': 'maps.product',
    'list_products': 'maps.product',
    'load_product': 'maps.product',
    'stretch': 'scenes.radiometry',
    'PatchRecord': 'scenes.patch',
    'Scene': 'scenes.scene',
    'Window': 'scenes.windowed_read',
    'read_patch': 'scenes.patch',
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
    if name in _MODULES:
        return getattr(import_module(f'.{_MODULES[name]}', __name__), name)
    raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
