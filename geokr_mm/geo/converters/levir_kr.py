"""An index from Levir-KR, whose labels are counts that came with it."""

import hashlib
from itertools import chain
from typing import Any

import numpy as np

from ...errors import InputError
from ...version import __version__
from ..core.atomic_output import build_lock, check_target
from ..core.executor import Executor, open_executor
from ..core.progress import Progress
from ..core.raster import UnusableFileError
from ..index.schema import IndexMetadata
from ..index.target import Target
from ..index.writer import write_target
from ..maps.product import Product, load_product
from ..pipeline.file_hash import facts_of, fingerprint
from ..pipeline.fingerprint import resume_key
from ..pipeline.job_cache import JOB_PATCHES, PartStore, run_jobs
from ..pipeline.patch_rows import statistics
from ..pipeline.summary import Summary, Tally
from ..scenes.quality import choose_filters
from ..scenes.quarantine import Tolerance, write_quarantine
from ..scenes.radiometry import no_stretch
from ..scenes.scene import Scene
from .levir_batch import Batch, LevirOptions, open_image, run_batch
from .levir_labels import ImageList, list_images

__all__ = ['LevirOptions', 'convert_levir_kr']

#: Options that only tell where things lie.
PLACES = frozenset({'images', 'labels', 'out', 'listed'})


def convert_levir_kr(
    options: LevirOptions,
    command: str = '',
    quiet: bool = True,
    workers: int = 1,
    resume: bool = False,
    max_bad_fraction: float = 0.0,
    scheduler: str | None = None,
) -> Summary:
    """Write an index of Levir-KR, whole or not at all.

    A patch is a whole image, and its fractions are the counts over their
    sum, as in the released code; sea is told apart.

    Args:
        options (LevirOptions): Inputs and choices.
        command (str): Stored in the index.
        quiet (bool): Show no progress.
        workers, resume, max_bad_fraction, scheduler: See
            :func:`.build.build_index`.

    Raises:
        InputError: Any input that cannot be used; nothing is written.
    """
    filters = choose_filters(None, options.without)
    target = Target.of(options.out)
    check_target(target.place, target.folder)
    images = list_images(options.images, options.labels, options.listed)
    aside = max_bad_fraction > 0
    like = _first(images, options, aside)
    product = load_product('globeland30')
    bad: list[dict[str, str]] = []
    with (
        build_lock(target.place),
        open_executor(workers, scheduler) as executor,
    ):
        key = hash_inputs(images, product, options, executor)
        store = PartStore(
            target.place, resume_key(key, [options.images]), resume
        )
        tolerance = Tolerance(len(images), max_bad_fraction)
        tally = Tally(product.legend().names, len(like.bands))
        content = hashlib.sha256(key.encode())
        batches = (
            Batch(
                tuple(images.pairs(start, start + JOB_PATCHES)),
                like,
                product,
                options,
                filters,
                target.scene_base,
                aside,
            )
            for start in range(0, len(images), JOB_PATCHES)
        )
        shown = Progress('patches', len(images), quiet)
        try:
            for part in run_jobs(
                run_batch, batches, store, executor, shown.add
            ):
                tally.add(part)
                for column in ('crc32', 'fractions'):
                    content.update(_bytes(part.table[column]))
                bad += part.bad
                tolerance.check(bad)
            if not tally.patches:
                raise InputError(f'no image can be used; {bad[0]["message"]}')
            metadata = _metadata(
                options,
                product,
                like,
                filters,
                tally,
                content.hexdigest(),
                command,
            )
            write_target(
                target,
                store.folder / 'index',
                store.tables(),
                metadata,
                tally.extent,
            )
            write_quarantine(target.place, bad)
        except InputError:
            if not resume:
                store.remove()
            raise
        store.remove()
        target.publish()
    return tally.summary(options.out, bad)


def _first(images: ImageList, options: LevirOptions, aside: bool) -> Scene:
    """The first image that can be opened; the error of the first of all."""
    first: UnusableFileError | None = None
    for pair in images.pairs():
        try:
            scene = open_image(pair, options)
        except UnusableFileError as error:
            if not aside:
                raise
            first = first or error
            continue
        no_stretch(scene)
        return scene
    assert first is not None
    raise InputError(f'no image can be used; first: {first}')


def hash_inputs(
    images: ImageList,
    product: Product,
    options: LevirOptions,
    executor: Executor,
) -> str:
    """SHA-256 over images, labels and all choices; places are left out."""
    facts = (product, facts_of(options, PLACES))
    return fingerprint(
        (pair.image for pair in images.pairs()),
        (pair.label for pair in images.pairs()),
        chain(facts, images.names),
        executor,
    )


def _bytes(column: Any) -> bytes:
    """The values of a column of lists, to be hashed."""
    values = column.combine_chunks().flatten()
    return np.asarray(values.to_numpy(zero_copy_only=False)).tobytes()


def _metadata(
    options: LevirOptions,
    product: Product,
    like: Scene,
    filters: dict[str, dict[str, float]],
    tally: Tally,
    inputs_hash: str,
    command: str,
) -> IndexMetadata:
    low, high = no_stretch(like)
    every = {'low': low.tolist(), 'high': high.tolist()}
    return IndexMetadata(
        legend=product.legend(),
        product=product.name,
        product_year=options.year,
        grid=1,
        patch_size=like.width,
        stride=like.width,
        bands=like.bands,
        radiometry={'mode': 'none', 'all': every},
        statistics=statistics(tally.sums),
        filters=filters,
        inputs_hash=inputs_hash,
        command=command,
        version=__version__,
        maps=(
            {
                'product': product.name,
                'year': options.year,
                'gsd': float(product.about['gsd']),
                'accuracy': product.accuracy(options.year),
            },
        ),
    )
