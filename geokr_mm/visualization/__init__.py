"""Pictures of what was taught: patches, fraction bars, charts, one page."""

from .chart import balance_chart, line_chart, mean_and_spread, twin_chart
from .choose import choose
from .classes import chips, fraction_bar, total_variation
from .footprints import footprint_maps
from .page import page, save_page, section, table
from .patch import PatchView, patch_card
from .png import picture, png_uri

__all__ = [
    'PatchView',
    'balance_chart',
    'chips',
    'choose',
    'footprint_maps',
    'fraction_bar',
    'line_chart',
    'mean_and_spread',
    'page',
    'patch_card',
    'picture',
    'png_uri',
    'save_page',
    'section',
    'table',
    'total_variation',
    'twin_chart',
]
