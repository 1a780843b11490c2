"""Options of reading scenes by a network, and of how that runs."""

from dataclasses import dataclass, field

from ..errors import InputError
from ..geo.core.options import WorkerOptions, option
from ..geo.scenes.options import SceneOptions


@dataclass(frozen=True, kw_only=True)
class PredictOptions(SceneOptions):
    """What the maps depend on; each field's help explains it.

    Bands come from the checkpoint, and clouds are not looked for.
    """

    bands: tuple[str, ...] | None = field(default=None)
    mask: str | None = field(default=None)
    cloud_codes: tuple[int, ...] | None = field(default=None)
    shadow_codes: tuple[int, ...] | None = field(default=None)
    checkpoint: str
    scenes: tuple[str, ...] = option(
        read=tuple,
        nargs='+',
        metavar='PATH',
        help='images, as tools/build_index.py takes them',
    )
    out: str = option(metavar='FOLDER', help='folder to make')
    product: str | None = option(
        None,
        help='land-cover product to compare with: a name of docs/products.md '
        'or a .yaml file (default: none)',
    )
    land_cover: tuple[str, ...] = option(
        (), read=tuple, nargs='+', metavar='PATH', help='its files'
    )
    year: int | None = option(
        None, type=int, help='year of the map (default: from its file names)'
    )
    held_out: str | None = option(
        None,
        metavar='INDEX',
        help='also compare with the map in held-out places: the index that '
        'the run was trained on',
    )
    stride: int | None = option(
        None,
        type=int,
        metavar='N',
        help='pixels from window to window (default: half a window; a '
        'quarter for a head that gives one cell)',
    )
    branch: str | None = option(
        None,
        choices=('teacher', 'student'),
        help='network that the maps are of (default: the teacher if there '
        'is one)',
    )
    metres: float = option(
        0.0,
        type=float,
        metavar='M',
        help='least side of the cells that are compared with the product '
        "(default: the product's own)",
    )
    least: float = option(
        0.5,
        type=float,
        metavar='SHARE',
        help='disagreement from which a cell counts to an area (default: 0.5)',
    )
    areas: int = option(
        50, type=int, metavar='N', help='areas to list (default: 50)'
    )
    units: str | None = option(
        None,
        metavar='TEXT',
        help='units of number * scale + offset (default: as in an index)',
    )

    def check(self) -> None:
        """InputError for values that make no sense."""
        super().check()
        if (self.product is None) != (not self.land_cover):
            raise InputError(
                '--product and --land-cover belong together; give both or '
                'neither'
            )
        if not 0 < self.least <= 1:
            raise InputError(f'--least {self.least}: a share above 0, up to 1')
        if self.areas < 0:
            raise InputError(f'--areas {self.areas}: give 0 or more')


@dataclass(frozen=True, kw_only=True)
class RunOptions(WorkerOptions):
    """How it runs."""

    device: str | None = option(
        None, help='cpu, cuda, cuda:1... (default: cuda where there is one)'
    )
    batch: int = option(
        64, type=int, metavar='N', help='windows at a time (default: 64)'
    )
    quiet: bool = option(
        False, action='store_true', help='no progress, no summary'
    )
