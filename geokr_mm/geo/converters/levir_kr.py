"""An index from Levir-KR, whose labels are counts that came with it."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...version import __version__
from ..core.raster import UnusableFileError
from ..fusion.label_fusion import combine, patch_confidence
from ..fusion.patch_labels import PatchLabels
from ..index.schema import IndexMetadata
from ..landcover.fractions import Fractions
from ..maps.product import Product, load_product
from ..pipeline.fingerprint import facts_of, fingerprint
from ..pipeline.index_build import IndexBuild, Summary, Tally
from ..pipeline.job_cache import JobCache
from ..pipeline.options import RunOptions
from ..pipeline.patch_rows import JobRows, RowSettings, RowTable
from ..scenes.physical import describe_values
from ..scenes.quality import choose_filters
from ..scenes.radiometry import SceneStretch, full_range
from ..scenes.scene import Scene
from .levir_labels import (
    LabelledImage,
    LevirOptions,
    list_images,
    read_counts,
)

__all__ = ['LevirOptions', 'convert_levir_kr']

# Images of one job: a few seconds of work.
JOB_PATCHES = 512
#: Options that are only places.
PLACES = frozenset({'images', 'labels', 'out', 'listed'})


def convert_levir_kr(
    options: LevirOptions, command: str = '', **run: Any
) -> Summary:
    """Write an index of Levir-KR, whole or not at all.

    A patch is a whole image, and its fractions are the counts over their
    sum, as in the released code; sea is counted apart. Arguments as for
    :func:`.build_index`.

    Raises:
        InputError: Any input that cannot be used; nothing is written.
    """
    return LevirBuild(options, command, RunOptions(**run)).build()


@dataclass(frozen=True)
class LevirJob:
    """Some images to convert, with size, bands and type of ``like``."""

    images: tuple[LabelledImage, ...]
    like: Scene
    product: Product
    options: LevirOptions
    settings: RowSettings

    def __len__(self) -> int:
        return len(self.images)

    @property
    def key(self) -> str:
        """Hash of which images they are."""
        names = '\n'.join(image.name for image in self.images)
        return hashlib.sha256(names.encode()).hexdigest()


class LevirBuild(IndexBuild):
    """A build from images with labels."""

    nothing = 'no image can be used'

    def __init__(
        self, options: LevirOptions, command: str, run: RunOptions
    ) -> None:
        super().__init__(options.out, command, run)
        self.options = options
        self.filters = choose_filters(None, options.without)
        self.product = load_product('globeland30')
        self.content = hashlib.sha256()

    def prepare(self) -> tuple[str, Iterable[str]]:
        options = self.options
        self.images = list_images(
            options.images, options.labels, options.listed
        )
        self.quarantine.files = len(self.images)
        full_range(self.like)
        pairs = self.images.pairs
        facts = (self.product, facts_of(options, PLACES))
        key = fingerprint(
            (image.path for image in pairs()),
            (image.label for image in pairs()),
            chain(facts, self.images.names),
            self.executor,
        )
        self.content.update(key.encode())
        return key, [options.images]

    @cached_property
    def like(self) -> Scene:
        """The first image that can be opened."""
        first: UnusableFileError | None = None
        for image in self.images.pairs():
            try:
                return open_image(image, self.options)
            except UnusableFileError as error:
                if self.quarantine.strict:
                    raise
                first = first or error
        raise InputError(f'{self.nothing}; first: {first}')

    def tally(self) -> Tally:
        return Tally(self.product.legend().names, len(self.like.bands))

    def rows(self, cache: JobCache) -> Iterator[JobRows]:
        settings = self.row_settings(shared_limits=True)
        jobs = (
            LevirJob(
                tuple(self.images.pairs(start, start + JOB_PATCHES)),
                self.like,
                self.product,
                self.options,
                settings,
            )
            for start in range(0, len(self.images), JOB_PATCHES)
        )
        for rows in self.run_jobs(run_images, jobs, len(self.images), cache):
            for column in ('crc32', 'fractions'):
                values = rows.table[column].combine_chunks().flatten()
                plain = values.to_numpy(zero_copy_only=False)
                self.content.update(np.asarray(plain).tobytes())
            yield rows

    def metadata(self, key: str, tally: Tally) -> IndexMetadata:
        product, year = self.product, self.options.year
        low, high = full_range(self.like)
        return IndexMetadata(
            legend=product.legend(),
            product=product.name,
            product_year=year,
            grid=1,
            patch_size=self.like.width,
            stride=self.like.width,
            bands=self.like.bands,
            radiometry={
                'mode': 'none',
                'all': {'low': low.tolist(), 'high': high.tolist()},
            },
            statistics=tally.statistics,
            values={**describe_values([self.like]), **tally.values},
            filters=self.filters,
            # Of the rows as well: labels are read only once.
            inputs_hash=self.content.hexdigest(),
            command=self.command,
            version=__version__,
            maps=(
                {
                    'product': product.name,
                    'year': year,
                    'gsd': float(product.about['gsd']),
                    'accuracy': product.accuracy(year),
                },
            ),
        )


def run_images(job: LevirJob) -> JobRows:
    """Read, measure and describe some images.

    Raises:
        UnusableFileError: An image or label that cannot be used, where the
            settings do not set such ones aside.
    """
    table = RowTable(len(job.like.bands), job.settings)
    limits = full_range(job.like)
    stretched = SceneStretch(limits, limits)
    for image in job.images:
        try:
            known = _known(image, job.product, job.options.year)
            scene = open_image(image, job.options)
            _check_layout(image, scene, job.like)
        except UnusableFileError as error:
            table.set_aside(error, image.name)
            continue
        table.add(scene, [scene.whole], stretched, known)
    return table.rows()


def open_image(image: LabelledImage, options: LevirOptions) -> Scene:
    """An image as a scene."""
    scene = Scene.open(image.path, options.band_names)
    return replace(scene, name=image.name)


def _check_layout(image: LabelledImage, scene: Scene, like: Scene) -> None:
    for what, own, usual in (
        ('size', (scene.width, scene.height), (like.width, like.height)),
        ('bands', scene.bands, like.bands),
        ('pixel type', scene.dtype, like.dtype),
    ):
        if own != usual:
            raise UnusableFileError(
                f'{image.path}: {what} {own}, but {usual} in '
                f'{like.files[0]}; convert such images apart',
                image.path,
                'other_layout',
            )


def _known(image: LabelledImage, product: Product, year: int) -> PatchLabels:
    """A label in the form of what maps hold under a patch."""
    counts, sea = read_counts(image, product.legend())
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
