"""Options of labelling a table of footprints."""

from dataclasses import dataclass

from ..core.options import MapOptions, option


@dataclass(frozen=True)
class LabelOptions(MapOptions):
    """Everything that labels depend on; each field's help explains it."""

    footprints: str = option(metavar='FILE', help='the table')
    product: str = option(
        help='land-cover product: a name of docs/products.md or a .yaml file'
    )
    land_cover: tuple[str, ...] = option(
        read=tuple,
        nargs='+',
        metavar='PATH',
        help='its files, or folders of them',
    )
    out: str = option(metavar='FOLDER', help='folder to write')
    crs: str | None = option(
        None, help='CRS of the footprints where the table has none'
    )
    layer: str | None = option(
        None,
        metavar='NAME',
        help='layer of a file that has several (default: the only one)',
    )
    invalid: str = option(
        'error',
        choices=('error', 'empty'),
        help='rows that are no polygon (missing, empty, crossing itself...): '
        'stop, or keep them without an area (default: error)',
    )
