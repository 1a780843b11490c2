"""An index in numbers: counted row by row, whatever its size."""

import csv
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..geometry.longitudes import eastward, narrowest_range
from ..scenes.quarantine import quarantine_path
from .knowledge_index import KnowledgeIndex
from .schema import IndexMetadata

# Bars of the histograms of shares.
BINS = 20
# Cells of the map over the place that all patches cover.
MAP_CELLS = 96
# Rows counted at a time.
BATCH = 65536
COLUMNS = [
    'lon', 'lat', 'scene', 'date', 'gsd', 'fractions', 'verdicts', 'keep',
]  # fmt: skip


@dataclass
class Overview:
    """What is counted.

    Attributes:
        metadata (IndexMetadata): The index's own.
        rows, kept, scenes (int): Counts.
        before, after (float64 array (K,)): Mean fractions of all rows and of
            those that no filter rejects.
        histograms (int64 array (K, BINS)): Cached rows by class fraction; a
            fraction of 0 is in no bar.
        absent (int64 array (K,)): Cached rows without the class.
        entropy (int64 array (BINS,)): Cached rows by entropy of the
            fractions, as a share of the logarithm of K.
        months (dict[str, int]): Rows by ``YYYY-MM``; ``''`` without a date.
        gsd (dict[float, int]): Rows by metres a pixel, two digits.
        rejected (dict[str, int]): Rows by filter.
        left_out (dict[str, int]): Lines of the quarantine table by reason.
        bounds (tuple): West, south, east, north of the patches' centres; east
            lies beyond 180 where they are close over the antimeridian.
        world (int64 array (180, 360, 2)): Rows, and kept rows, by degree,
            from 90 N, 180 W.
        near (int64 array (MAP_CELLS, MAP_CELLS, 2)): The same in ``bounds``.
        near_classes (float64 array (MAP_CELLS, MAP_CELLS, K)): Sums of the
            kept rows' fractions there.
        world_classes (float64 array (180, 360, K)): Likewise.
    """

    metadata: IndexMetadata
    rows: int
    kept: int
    scenes: int
    before: NDArray[np.float64]
    after: NDArray[np.float64]
    histograms: NDArray[np.int64]
    absent: NDArray[np.int64]
    entropy: NDArray[np.int64]
    bounds: tuple[float, float, float, float]
    world: NDArray[np.int64]
    world_classes: NDArray[np.float64]
    near: NDArray[np.int64]
    near_classes: NDArray[np.float64]
    months: dict[str, int] = field(default_factory=dict)
    gsd: dict[float, int] = field(default_factory=dict)
    rejected: dict[str, int] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)


def extent(index: KnowledgeIndex) -> dict[str, Any]:
    """How fine the images of an index are, where and when.

    Returns:
        dict: ``gsd``, smallest and largest, in metres; ``bbox``, west, south,
        east and north of the patches' centres in degrees; ``dates``, the
        first and the last day, None where no image has one.
    """
    lon, lat, gsd = (index.column(name) for name in ('lon', 'lat', 'gsd'))
    days = sorted(str(day) for day in index.distinct('date') if day)
    return dict(
        gsd=[float(gsd.min()), float(gsd.max())],
        bbox=[float(v) for v in (lon.min(), lat.min(), lon.max(), lat.max())],
        dates=[days[0], days[-1]] if days else None,
    )


def entropies(fractions: NDArray[Any]) -> NDArray[np.float64]:
    """Entropy of class fractions, as a share of the largest possible."""
    values = np.asarray(fractions, np.float64)
    logs = np.log(np.where(values > 0, values, 1.0))
    most = np.log(max(values.shape[1], 2))
    return np.asarray(-(values * logs).sum(axis=1) / most)


def overview(index: KnowledgeIndex) -> Overview:
    """Count everything once, a few thousand rows at a time."""
    lon, lat = index.column('lon'), index.column('lat')
    good = np.isfinite(lon) & np.isfinite(lat)
    bounds = (0.0, 0.0, 0.0, 0.0)
    if good.any():
        west, east = narrowest_range(lon[good])
        south, north = float(lat[good].min()), float(lat[good].max())
        bounds = (west, south, east, north)
    k = len(index.classes)
    found = Overview(
        metadata=index.metadata,
        rows=0,
        kept=0,
        scenes=0,
        before=np.zeros(k),
        after=np.zeros(k),
        histograms=np.zeros((k, BINS), np.int64),
        absent=np.zeros(k, np.int64),
        entropy=np.zeros(BINS, np.int64),
        bounds=bounds,
        world=np.zeros((180, 360, 2), np.int64),
        world_classes=np.zeros((180, 360, k)),
        near=np.zeros((MAP_CELLS, MAP_CELLS, 2), np.int64),
        near_classes=np.zeros((MAP_CELLS, MAP_CELLS, k)),
    )
    scenes: set[str] = set()
    months: Counter[str] = Counter()
    gsd: Counter[float] = Counter()
    rejected: Counter[str] = Counter()
    for batch in index.table.select(COLUMNS).to_batches(BATCH):
        _add(found, batch)
        scenes.update(batch['scene'].to_pylist())
        months.update((d or '')[:7] for d in batch['date'].to_pylist())
        gsd.update(float(f'{g:.2g}') for g in batch['gsd'].to_pylist())
        rejected.update(batch['verdicts'].flatten().to_pylist())
    found.scenes = len(scenes)
    found.before /= max(found.rows, 1)
    found.after /= max(found.kept, 1)
    found.months = dict(sorted(months.items()))
    found.gsd = dict(sorted(gsd.items()))
    found.rejected = dict(rejected.most_common())
    found.left_out = _left_out(index.path)
    return found


def _add(found: Overview, batch: Any) -> None:
    """Count fractions and places of some rows."""
    keep = batch['keep'].to_numpy(zero_copy_only=False)
    k = len(found.before)
    fractions = np.asarray(batch['fractions'].flatten()).reshape(-1, k)
    values = fractions[keep]
    found.rows += len(keep)
    found.kept += len(values)
    found.before += fractions.sum(axis=0, dtype=np.float64)
    found.after += values.sum(axis=0, dtype=np.float64)
    for c in range(k):
        present = values[values[:, c] > 0, c]
        found.histograms[c] += _bars(present)
        found.absent[c] += len(values) - len(present)
    found.entropy += _bars(entropies(values))
    lon, lat = (batch[n].to_numpy() for n in ('lon', 'lat'))
    west, south, east, north = found.bounds
    for counts, classes, left, top, width, height in (
        (found.world, found.world_classes, -180.0, 90.0, 360.0, 180.0),
        (found.near, found.near_classes, west, north, east - west,
         north - south),
    ):  # fmt: skip
        rows, cols = counts.shape[:2]
        with np.errstate(invalid='ignore'):
            x = eastward(lon, left) / max(width, 1e-9) * cols
            y = (top - lat) / max(height, 1e-9) * rows
        on = np.isfinite(x) & np.isfinite(y)
        col = np.clip(x[on], 0, cols - 1).astype(int)
        row = np.clip(y[on], 0, rows - 1).astype(int)
        np.add.at(counts, (row, col, 0), 1)
        np.add.at(counts, (row, col, 1), keep[on].astype(int))
        which = keep[on]
        np.add.at(classes, (row[which], col[which]), fractions[on][which])


def _bars(shares: NDArray[Any]) -> NDArray[np.int64]:
    place = np.clip((np.asarray(shares) * BINS).astype(int), 0, BINS - 1)
    return np.bincount(place, minlength=BINS)


def _left_out(path: str) -> dict[str, int]:
    """Reasons in the quarantine table beside an index."""
    table = quarantine_path(Path(path))
    if not table.is_file():
        return {}
    with table.open(newline='') as stream:
        counts = Counter(row['reason'] for row in csv.DictReader(stream))
    return dict(counts.most_common())
