"""Class codes of the land, as the product files have them."""

from geokr_mm.geo.maps.legend import common_legend
from geokr_mm.geo.maps.product import load_product

_COMMON = common_legend()
_GLOBELAND30 = load_product('globeland30')

CLASSES = _COMMON.names
CODES = tuple(entry.code for entry in _COMMON.classes)
PALETTE = _COMMON.palette
CROP, FOREST, GRASS, SHRUB, WETLAND, WATER, TUNDRA, BUILT, BARE, SNOW = CODES
(SEA,) = _GLOBELAND30.sea
(NODATA,) = _GLOBELAND30.nodata
