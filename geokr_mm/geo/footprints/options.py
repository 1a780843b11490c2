"""Options of labelling a table of footprints."""

from dataclasses import dataclass

from ..core.options import option


@dataclass(frozen=True)
class LabelOptions:
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
    grid: int = option(
        1,
        type=int,
        metavar='G',
        help='also store fractions of G x G cells (default: 1)',
    )
    legend: str = option(
        'common',
        metavar='NAME',
        help="common (ten classes, default) or native (the product's own)",
    )
    year: int | None = option(
        None, type=int, help='year of the map (default: from file names)'
    )
    spherical: bool = option(
        True,
        flag='--plain-coverage',
        action='store_false',
        help='weigh cells of geographic products alike, not by true area',
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
