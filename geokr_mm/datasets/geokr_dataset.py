"""Patches of a knowledge index with their class fractions."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Literal

import numpy as np
from mmengine.dataset import BaseDataset
from numpy.typing import NDArray

from geokr_mm.errors import InputError
from geokr_mm.geo.index.knowledge_index import KnowledgeIndex
from geokr_mm.geo.index.radiometry import describe_radiometry
from geokr_mm.geo.index.spatial_split import (
    PLACE_DEGREES,
    VAL_SHARE,
    held_out,
    place_size,
)
from geokr_mm.geo.index.statistics import extent
from geokr_mm.packing.packed import PackedPatches
from geokr_mm.registry import DATASETS
from geokr_mm.slow_steps import slow_step

from .bad_patches import BadPatches
from .rows import Rows


@DATASETS.register_module()
class GeoKRDataset(BaseDataset):
    """Reads a knowledge index made by ``tools/build_index.py``.

    Args:
        index (str): Path of the index, a GeoParquet file.
        bands (Sequence[str], optional): Bands to read, in this order.
            Defaults to None, all bands of the index.
        classes (Sequence[str], optional): Class names the model was made
            for, checked against the index's legend; a subset drops the
            other classes and renormalises, as the published 8-class
            configuration does. Defaults to None, all classes of the index.
        keep_only (bool): Leave out what the quality filters rejected.
        values (str): What pixels are: ``'physical'``, float32 values
            (``number * scale + offset``), or ``'stretched'`` to 0 to 255 by
            the stretch of the index. Of physical values empty pixels are the
            band's mean.
        soft_labels (bool): Labels are those of several maps together instead
            of the map that fits the image best; see ``--choose combine`` of
            ``tools/build_index.py``.
        places (str): ``'train'``, ``'val'`` or ``'all'``. Places are cells
            of ``place_degrees``; whole cells go to one side, so that no
            validation patch has a training neighbour.
        val_share (float): Share of cells held out.
        place_degrees (float, optional): Edge of a place; None for one that
            suits the extent of the index, see :func:`.place_size`.
        scene_root (str, optional): Where the scenes lie if they moved since
            the index was built.
        packed (str, optional): Folder of ``tools/pack_patches.py`` with the
            pixels of this index; the scenes are not read then.
        max_bad_fraction (float): Share of patches that may be unreadable,
            or other than when the index was built; each is replaced by
            another patch, always the same one. Defaults to 0, stop at the
            first.
        pipeline (Sequence[dict]): Transforms, beginning with
            ``geokr_mm.LoadPatch``.
        **kwargs: See :class:`mmengine.dataset.BaseDataset`.

    Raises:
        InputError: If the index lacks the wanted bands, classes or values,
            or nothing is left to train on.
    """

    def __init__(
        self,
        index: str,
        bands: Sequence[str] | None = None,
        classes: Sequence[str] | None = None,
        keep_only: bool = True,
        values: Literal['physical', 'stretched'] = 'stretched',
        soft_labels: bool = False,
        places: Literal['train', 'val', 'all'] = 'all',
        val_share: float = VAL_SHARE,
        place_degrees: float | None = PLACE_DEGREES,
        scene_root: str | None = None,
        packed: str | None = None,
        max_bad_fraction: float = 0.0,
        pipeline: Sequence[dict[str, Any]] = (),
        **kwargs: Any,
    ) -> None:
        if places not in ('train', 'val', 'all'):
            raise InputError(
                f"places must be 'train', 'val' or 'all', got {places!r}"
            )
        if values not in ('physical', 'stretched'):
            raise InputError(
                f"values must be 'physical' or 'stretched', got {values!r}"
            )
        self.values = values
        self.bands = tuple(bands) if bands is not None else None
        self.classes = tuple(classes) if classes is not None else None
        self.keep_only = keep_only
        self.soft_labels = soft_labels
        self.places = places
        self.val_share = val_share
        self.place_degrees = place_degrees
        self.scene_root = scene_root
        self.packed = packed
        self.max_bad_fraction = max_bad_fraction
        # Rows are columns already.
        kwargs['serialize_data'] = False
        super().__init__(ann_file=index, pipeline=list(pipeline), **kwargs)

    def load_data_list(self) -> Rows:
        """Read the index and choose its rows; a million rows stay columns."""
        with slow_step(f'reading {self.ann_file}'):
            index = KnowledgeIndex.open(self.ann_file, self.scene_root)
        index = self._in_use(index)
        columns = self._columns(index)
        bands = self._bands(index)
        self._packed = None
        if self.packed is not None:
            self._packed = PackedPatches(self.packed)
            self._packed.check(index, bands)
        self._metainfo.update(
            classes=tuple(index.classes[c] for c in columns),
            palette=index.palette[columns].tolist(),
        )
        self.card = self._card(index, bands)
        self._index, self._read_bands = index, bands
        self._used_classes = columns
        self._trust, self._change = index.confidence, index.change
        self._apart = index.disagreement
        self.num_rows = len(index)
        rows = np.flatnonzero(self._here(index))
        if not len(rows):
            raise InputError(
                f'{self.ann_file}: no patch left of {len(index)} for '
                f'places={self.places!r}; choose another val_share or '
                'place_degrees, build the index from more places, or train '
                'without validation (docs/train.md)'
            )
        self._bad = BadPatches(
            str(self.ann_file), len(rows), self.max_bad_fraction
        )
        return Rows(rows)

    def prepare_data(self, idx: int) -> Any:
        """A patch after the pipeline, or its substitute if it is bad."""
        return self._bad.read(idx % len(self), super().prepare_data)

    @property
    def knowledge_index(self) -> KnowledgeIndex:
        """The index, without the rows that the filters rejected."""
        self.full_init()
        return self._index

    def get_data_info(self, idx: int) -> dict[str, Any]:
        """The input of the pipeline.

        Returns:
            dict: Keys ``record``, ``band_mean`` (C, ) of physical values or
            None, ``class_fractions`` (K, ),
            ``grid_fractions`` (g, g, K), ``grid_valid`` (g, g),
            ``valid_fraction``, ``confidence``, ``disagreement``,
            ``change``, ``patch_id``, ``patch_size``, ``lonlat`` in degrees,
            ``row`` among all rows in use, and ``sample_idx``.
        """
        info = super().get_data_info(idx)
        row = info['row']
        record = self._index.record(row).with_bands(self._read_bands)
        if self._packed is not None:
            record = replace(record, packed=partial(self._packed.read, row))
        info.update(
            record=record,
            band_mean=self._mean,
            class_fractions=self._fractions('', row),
            grid_fractions=self._fractions('grid_', row),
            grid_valid=record.grid_valid.copy(),
            valid_fraction=record.valid_fraction,
            confidence=float(self._trust[row]),
            disagreement=float(self._apart[row]),
            change=float(self._change[row]),
            patch_id=record.patch_id,
            patch_size=self._index.metadata.patch_size,
            lonlat=(record.lon, record.lat),
        )
        return info

    def _fractions(self, of: str, row: int) -> NDArray[Any]:
        """A copy of a row's class fractions, of the wanted classes only."""
        name = f'{of}{"soft_" if self.soft_labels else ""}fractions'
        every = self._index.lists(name)[row]
        if self._used_classes == list(range(every.shape[-1])):
            return every.copy()
        chosen = every[..., self._used_classes]
        fewer = chosen.shape < every.shape
        return _renormalise(chosen) if fewer else chosen

    def places_in_use(self) -> NDArray[np.float64]:
        """Longitude and latitude of the patches, degrees of shape (N, 2)."""
        return _lonlat(self._index)[self.rows_in_use()]

    def rows_in_use(self) -> NDArray[np.int64]:
        """Rows of the patches in :attr:`knowledge_index`, (N, )."""
        self.full_init()
        return np.array([entry['row'] for entry in self.data_list], np.int64)

    def _in_use(self, index: KnowledgeIndex) -> KnowledgeIndex:
        """The index without the rows that the quality filters rejected."""
        kept = index.kept() if self.keep_only else index
        if len(kept):
            return kept
        verdicts = Counter(
            verdict
            for row in index.table['verdicts'].to_pylist()
            for verdict in row or []
        )
        why = ', '.join(f'{n} {name}' for name, n in verdicts.most_common())
        raise InputError(
            f'{self.ann_file}: none of {len(index)} patches was kept'
            f'{f" (rejected as {why})" if why else ""}; build the index with '
            'looser filters, see tools/build_index.py --help, or from other '
            'scenes'
        )

    def _columns(self, index: KnowledgeIndex) -> list[int]:
        """Columns of the wanted classes."""
        if self.classes is None:
            return list(range(len(index.classes)))
        missing = [c for c in self.classes if c not in index.classes]
        if missing:
            raise InputError(
                f'{self.ann_file}: the index has another legend, without '
                f'{", ".join(missing)}; it has {", ".join(index.classes)}. '
                'Set `classes` and `num_classes` to them or build the index '
                'with the matching --legend'
            )
        return [index.classes.index(c) for c in self.classes]

    def _bands(self, index: KnowledgeIndex) -> tuple[str, ...]:
        """Names of the bands to read."""
        have = tuple(index.metadata.bands)
        bands = self.bands or have
        missing = [b for b in bands if b not in have]
        if missing:
            raise InputError(
                f'{self.ann_file}: no band {", ".join(missing)}; the index '
                f'has {", ".join(have)}. Set `bands` in the dataset and '
                '`in_channels` of the backbone to match'
            )
        return bands

    def _here(self, index: KnowledgeIndex) -> NDArray[Any]:
        """Which rows lie in a place of the wanted side, bool of (N, )."""
        if self.places == 'all':
            return np.ones(len(index), bool)
        lonlat = _lonlat(index)
        if self.place_degrees is None:
            self.place_degrees = place_size(lonlat, self.val_share)
        val = held_out(lonlat, self.val_share, self.place_degrees)
        return val if self.places == 'val' else ~val

    def _card(
        self, index: KnowledgeIndex, bands: tuple[str, ...]
    ) -> dict[str, Any]:
        """Facts about pixels and knowledge for the card of a backbone."""
        meta = index.metadata
        try:
            statistics = meta.band_statistics(self.values, bands)
        except InputError as error:
            raise InputError(f'{self.ann_file}: {error}') from None
        self._mean = None
        if self.values == 'physical':
            self._mean = np.array(statistics['mean'], np.float32)
        return dict(
            band_mean=statistics['mean'],
            band_std=statistics['std'],
            **describe_radiometry(meta, self.values, bands),
            patch_size=meta.patch_size,
            **extent(index),
            product=meta.product,
            product_year=int(meta.product_year),
            legend=list(self._metainfo['classes']),
            index_hash=meta.inputs_hash,
        )


def _lonlat(index: KnowledgeIndex) -> NDArray[np.float64]:
    """Longitude and latitude of all patches, degrees of shape (N, 2)."""
    return np.stack([index.column('lon'), index.column('lat')], axis=1)


def _renormalise(fractions: NDArray[Any]) -> NDArray[Any]:
    """Divide by the sum over classes; rows without any stay zero."""
    total = fractions.sum(axis=-1, keepdims=True)
    return np.divide(
        fractions, total, out=np.zeros_like(fractions), where=total > 0
    )
