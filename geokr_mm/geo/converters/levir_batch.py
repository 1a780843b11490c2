"""Images of Levir-KR and their labels, as rows of an index."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..core.raster import UnusableFileError
from ..fusion.label_fusion import combine, patch_confidence
from ..fusion.patch_labels import PatchLabels
from ..index.schema import store_path
from ..landcover.fractions import Fractions
from ..maps.product import Product
from ..pipeline.patch_rows import Job, Rows, RowTable
from ..scenes.quarantine import entry
from ..scenes.radiometry import no_stretch
from ..scenes.scene import Scene, Window
from .levir_labels import Pair, read_counts


@dataclass(frozen=True)
class LevirOptions:
    """What to convert, and how.

    Attributes:
        images, labels (str): Folders, see :func:`.levir_labels.list_images`.
        out (str): Index to write, a file or with ``/`` a folder of parts.
        listed (str | None): List of images; all.
        year (int): Year of the map that was counted; tool/create_labels.py
            counts the one of 2020.
        band_names (tuple[str, ...] | None): Names of the images' bands.
        without (tuple[str, ...]): Filters to leave out.
    """

    images: str
    labels: str
    out: str
    listed: str | None = None
    year: int = 2020
    band_names: tuple[str, ...] | None = None
    without: tuple[str, ...] = ()


@dataclass(frozen=True)
class Batch:
    """Some images to convert.

    Attributes:
        pairs (tuple[Pair, ...]): Images and labels.
        like (Scene): What all images have in common: size, bands, type.
        product (Product): What was counted.
        options (LevirOptions): The choices.
        filters (mapping): Name to parameters.
        base (str | None): Folder that stored paths are relative to.
        set_aside (bool): Images that cannot be used are listed, not fatal.
    """

    pairs: tuple[Pair, ...]
    like: Scene
    product: Product
    options: LevirOptions
    filters: Mapping[str, Mapping[str, float]]
    base: str | None
    set_aside: bool

    def __len__(self) -> int:
        return len(self.pairs)

    @property
    def key(self) -> str:
        """Hash of which images they are."""
        names = '\n'.join(pair.name for pair in self.pairs)
        return hashlib.sha256(names.encode()).hexdigest()


def run_batch(batch: Batch) -> Rows:
    """Read, measure and describe some images.

    Args:
        batch (Batch): What to do.

    Raises:
        UnusableFileError: An image or label that cannot be used, where the
            batch does not set such ones aside.
    """
    table = RowTable(len(batch.like.bands))
    bad = []
    for pair in batch.pairs:
        try:
            table.add(_job(batch, pair))
        except UnusableFileError as error:
            if not batch.set_aside:
                raise
            bad.append(entry(error, pair.name))
    return replace(table.rows(), bad=bad)


def _job(batch: Batch, pair: Pair) -> Job:
    known = _judgement(pair, batch.product, batch.options.year)
    scene, like = open_image(pair, batch.options), batch.like
    for what, own, usual in (
        ('size', (scene.width, scene.height), (like.width, like.height)),
        ('bands', scene.bands, like.bands),
        ('pixel type', scene.dtype, like.dtype),
    ):
        if own != usual:
            raise UnusableFileError(
                f'{pair.image}: {what} {own}, but {usual} in '
                f'{like.files[0]}; convert such images apart',
                pair.image,
                'other_layout',
            )
    stretch = no_stretch(like)
    return Job(
        scene=scene,
        windows=(Window(0, 0, scene.width, scene.height),),
        pair=stretch,
        fixed=stretch,
        shared=True,
        known=known,
        files=(store_path(pair.image, batch.base),),
        filters=batch.filters,
    )


def open_image(pair: Pair, options: LevirOptions) -> Scene:
    """An image as a scene.

    Args:
        pair (Pair): The image.
        options (LevirOptions): Tells the bands.

    Raises:
        UnusableFileError: It cannot be opened or has no place.
    """
    scene = Scene.open(pair.image, options.band_names)
    return replace(scene, name=pair.name)


def _judgement(pair: Pair, product: Product, year: int) -> PatchLabels:
    """What a label says, as if a map had been asked."""
    counts, sea = read_counts(pair, product.legend())
    land = counts.sum()
    total = (land + sea) or 1.0

    def share(value: float) -> NDArray[np.float32]:
        return np.array([[value]], np.float32)

    known = Fractions(
        fractions=(counts / (land or 1.0)).astype(np.float32)[None, None],
        valid=share(land / total),
        sea=share(sea / total),
        nodata=share(0.0),
        # Labels without any count are of images outside the map.
        uncovered=share(0.0 if land + sea else 1.0),
    )
    label = combine([known], [1.0], [product.accuracy(year)])
    return PatchLabels(
        product=product.name,
        year=year,
        whole=known,
        cells=known,
        confidence=patch_confidence(label, label, known.valid),
        grid_confidence=label.confidence,
    )
