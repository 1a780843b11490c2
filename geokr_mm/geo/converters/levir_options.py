"""Options of converting Levir-KR."""

from dataclasses import dataclass

from ..core.options import comma_list, option


@dataclass(frozen=True)
class LevirOptions:
    """What to convert, and how; each field's help explains it."""

    images: str = option(metavar='FOLDER', help='the images')
    labels: str = option(metavar='FOLDER', help='the counts')
    out: str = option(
        metavar='FILE',
        help='index to write; with a / at the end a folder of parts',
    )
    listed: str | None = option(
        None,
        flag='--list',
        metavar='FILE',
        help='train.txt: the last two parts of its paths count (default: all '
        'images)',
    )
    year: int = option(
        2020,
        type=int,
        help='year of the GlobeLand30 that was counted (default: 2020)',
    )
    band_names: tuple[str, ...] | None = option(
        None,
        read=comma_list,
        metavar='A,B,...',
        help='names of the bands where the images hold none',
    )
    without: tuple[str, ...] = option(
        (),
        flag='--no-filter',
        read=tuple,
        action='append',
        metavar='NAME',
        help='a filter to leave out; may be repeated',
    )
