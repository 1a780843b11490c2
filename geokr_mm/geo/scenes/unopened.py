"""A scene that is not open yet: its files and what is known beforehand."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ...errors import InputError
from ..core.addresses import printable
from ..core.raster import UnusableFileError
from .dates import find_date
from .options import DEFAULTS, SceneOptions
from .scene import Scaling, Scene
from .scene_files import SceneFile, join_files
from .sensors import named_as_wanted
from .sentinel2 import COUNT_TYPES, scene_scaling


@dataclass(frozen=True)
class UnopenedScene:
    """One scene of a folder, a table or a catalogue.

    Attributes:
        name (str | None): Name of the scene; else of its first file.
        date (str | None): ISO date.
        layers (tuple[tuple[str, str], ...]): Name and file of each quality
            layer, see :class:`.scene.Scene`.
        source (str): The catalogue that it is an item of, for messages.
        collection (str): The item's collection, in which its name is unique.
        loose (bool): Its files are grouped by words that also stand in names
            of whole images (``farm_red.tif``): see :meth:`apart`.
    """

    members: tuple[SceneFile, ...]
    name: str | None = None
    date: str | None = None
    layers: tuple[tuple[str, str], ...] = ()
    source: str = ''
    collection: str = ''
    loose: bool = False

    @property
    def files(self) -> tuple[str, ...]:
        """Paths of its files."""
        return tuple(file.path for file in self.members)

    def only(self, wanted: Sequence[str] | None) -> 'UnopenedScene':
        """The scene without files that have none of the bands wanted.

        Raises:
            InputError: A wanted band that none of its files has.
        """
        if wanted is None or not all(file.bands for file in self.members):
            return self
        have = [band for file in self.members for band in file.bands]
        names = named_as_wanted(self.name or '', have, wanted)
        lacking = [band for band in wanted if band not in names]
        unsure = any(file.by_name for file in self.members)
        if lacking and not unsure:
            raise InputError(
                f'{self.files[0]}: no band {", ".join(lacking)}; scene '
                f'{self.name!r} has {", ".join(have)}'
            )
        wants = dict(zip(have, names, strict=True))
        kept = []
        for file in self.members:
            bands = tuple(wants[band] for band in file.bands)
            if set(bands) & set(wanted) or (lacking and file.by_name):
                kept.append(replace(file, bands=bands))
        return replace(self, members=tuple(kept))

    def open(self, options: SceneOptions = DEFAULTS) -> Scene:
        """The scene itself; see :func:`.scene_files.join_files`.

        The option ``band_names`` is for files that nothing else names.
        """
        for path in self.files:
            _check_name(path)
        scene = self._scaled(
            join_files(
                self.members, self.name, self.date, self.layers, options
            )
        )
        return replace(
            scene,
            date=scene.date or self._folder_date(),
            bands=named_as_wanted(scene.name, scene.bands, options.bands),
        )

    def apart(self) -> tuple['UnopenedScene', ...]:
        """Each file as a scene, where they are whole images after all."""
        if not self.loose or len(Scene.open(self.files[0]).bands) == 1:
            return ()
        return tuple(
            UnopenedScene((SceneFile(path),), layers=self.layers)
            for path in self.files
        )

    def _scaled(self, scene: Scene) -> Scene:
        """With Sentinel-2's offset where neither list nor tags state one."""
        stated = any(s != Scaling() for s in scene.scaling)
        stated |= any(file.scaling for file in self.members)
        if stated or scene.dtype not in COUNT_TYPES:
            return scene
        return replace(scene, scaling=scene_scaling(scene) or scene.scaling)

    def _folder_date(self) -> str | None:
        """Date in the scene's name, or in that of its product's folder."""
        folders = reversed(Path(self.files[0]).parts)
        products = [f for f in folders if f.upper().endswith('.SAFE')]
        dates = map(find_date, (self.name or '', *products))
        return next(filter(None, dates), None)


def _check_name(path: str) -> None:
    """Refuse names that are no text: GDAL and indexes cannot hold them."""
    try:
        path.encode()
    except UnicodeEncodeError:
        shown = printable(path)
        raise UnusableFileError(
            f'{shown}: the name is not UTF-8; rename it, e.g. convmv -f '
            'latin1 -t utf8 --notest FILE',
            shown,
            'file_name',
        ) from None
