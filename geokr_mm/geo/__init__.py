"""Geography: scenes, land-cover products, exact class fractions, the index.

Usable on its own; imports no torch and nothing of OpenMMLab. Names load on
first use, so that importing the package stays quick.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .footprints.label import label_footprints
    from .footprints.options import LabelOptions
    from .fusion.map_stack import MapStack
    from .index.knowledge_index import KnowledgeIndex
    from .index.schema import IndexMetadata
    from .index.writer import write_index
    from .landcover.fractions import Fractions
    from .landcover.landcover import LandCover, class_fractions
    from .maps.legend import Legend
    from .maps.product import Product, list_products, load_product
    from .pipeline.build import build_index
    from .pipeline.options import BuildOptions
    from .scenes.patch import PatchRecord, read_patch
    from .scenes.radiometry import stretch
    from .scenes.scene import Scene
    from .scenes.windowed_read import Window

_MODULES = {
    'footprints.label': ('label_footprints',),
    'footprints.options': ('LabelOptions',),
    'fusion.map_stack': ('MapStack',),
    'index.knowledge_index': ('KnowledgeIndex',),
    'index.schema': ('IndexMetadata',),
    'index.writer': ('write_index',),
    'landcover.fractions': ('Fractions',),
    'landcover.landcover': ('LandCover', 'class_fractions'),
    'maps.legend': ('Legend',),
    'maps.product': ('Product', 'list_products', 'load_product'),
    'pipeline.build': ('build_index',),
    'pipeline.options': ('BuildOptions',),
    'scenes.patch': ('PatchRecord', 'read_patch'),
    'scenes.radiometry': ('stretch',),
    'scenes.scene': ('Scene',),
    'scenes.windowed_read': ('Window',),
}

__all__ = [
    'BuildOptions',
    'Fractions',
    'IndexMetadata',
    'KnowledgeIndex',
    'LabelOptions',
    'LandCover',
    'Legend',
    'MapStack',
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
    for module, names in _MODULES.items():
        if name in names:
            return getattr(import_module(f'.{module}', __name__), name)
    raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
