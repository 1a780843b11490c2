"""Areas where a map and a network differ, the largest first."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from affine import Affine
from numpy.typing import NDArray
from rasterio.features import shapes
from skimage.measure import label

from ..core.crs import transformer
from ..geometry.ground_size import pixel_sizes
from ..maps.legend import Legend
from ..scenes.scene import Scene
from .cells import Span, moved

NONE = 255
HECTARE = 1e4
# Instead of the time of writing, so that the same areas give the same bytes.
NO_DATE = '1970-01-01T00:00:00.000Z'
# Classes that a text names.
NAMED = 3


@dataclass(frozen=True)
class Area:
    """Cells side by side in which map and network differ alike.

    Attributes:
        scene (Scene): That shows it.
        outline (shapely.Polygon): In the scene's CRS.
        span (Span): Its cells of comparison.
        hectares (float): Its area.
        disagreement (float): Mean total variation, 0 to 1.
        map, network (float32 array (K,)): Class fractions.
    """

    scene: Scene
    outline: Any
    span: Span
    hectares: float
    disagreement: float
    map: NDArray[np.float32]
    network: NDArray[np.float32]

    @property
    def disputed(self) -> float:
        """Hectares that one of the two would have to give another class."""
        return self.hectares * self.disagreement


def find_areas(
    scene: Scene,
    transform: Affine,
    distance: NDArray[np.float32],
    classes: Sequence[NDArray[np.uint8]],
    parts: Callable[[], Iterable[tuple[Span, Any, Any]]],
    least: float,
    most: int,
) -> list[Area]:
    """The areas of a scene with the most disputed hectares.

    Args:
        transform (Affine): Cells to ground.
        distance (ndarray): Total variation of the cells, (H, W), or NaN.
        classes (sequence of ndarray): Largest class of the cells on the map
            and of the network, (H, W) each, 255 for none.
        parts (callable): Gives blocks of cells, with their class fractions
            on the map and of the network, (h, w, K) each.
        least (float): Distance from which a cell counts.
        most (int): Areas at most.
    """
    on_map, read = classes
    # Comparisons with NaN are false.
    differ = (distance >= least) & (on_map != read)
    pairs = on_map.astype(np.int32) * (NONE + 1) + read + 1
    labels = label(np.where(differ, pairs, 0), connectivity=1)
    hectares = _hectares(scene, transform, distance.shape)
    held = labels[differ]
    sizes = np.broadcast_to(hectares[:, None], distance.shape)[differ]
    weights = sizes * distance[differ]
    disputed, total = (
        np.bincount(held, part, labels.max() + 1) for part in (weights, sizes)
    )
    order = np.argsort(-disputed[1:], kind='stable')[:most] + 1
    chosen = order[disputed[order] > 0]
    sums = _sums(labels, chosen, parts)
    found = []
    for number, means in zip(chosen.tolist(), sums, strict=True):
        outline, span = _outline(labels, number)
        found.append(
            Area(
                scene,
                shapely.transform(outline, partial(moved, transform)),
                span,
                float(total[number]),
                float(disputed[number] / total[number]),
                *means,
            )
        )
    return found


def _hectares(
    scene: Scene, transform: Affine, shape: tuple[int, ...]
) -> NDArray[np.float64]:
    """Area of a cell in each row, measured in its middle, (H,)."""
    rows = np.arange(shape[0]) + 0.5
    middle = np.stack([np.full(len(rows), shape[1] / 2), rows], axis=1)
    places = moved(transform, middle)
    return pixel_sizes(scene.crs, transform, places) ** 2 / HECTARE


def _sums(
    labels: NDArray[Any], chosen: NDArray[Any], parts: Any
) -> NDArray[np.float32]:
    """Mean fractions of map and network in some areas, (N, 2, K)."""
    place = np.full(int(labels.max()) + 1, -1)
    place[chosen] = np.arange(len(chosen))
    sums: Any = 0.0
    for span, *both in parts():
        inside = labels[span.row : span.row_end, span.col : span.col_end]
        at = place[inside]
        values = np.stack(both, 2)[at >= 0]
        part = np.zeros((len(chosen), *values.shape[1:]))
        np.add.at(part, at[at >= 0], values)
        sums = sums + part
    counts = np.bincount(labels.ravel())[chosen]
    return np.asarray(sums / counts[:, None, None], np.float32)


def _outline(labels: NDArray[Any], number: int) -> tuple[Any, Span]:
    rows, cols = np.nonzero(labels == number)
    span = Span(rows.min(), cols.min(), rows.max() + 1, cols.max() + 1)
    inside = labels[span.row : span.row_end, span.col : span.col_end]
    mask = inside == number
    move = Affine.translation(span.col, span.row)
    ((shape, _),) = shapes(mask.astype(np.uint8), mask, transform=move)
    return shapely.geometry.shape(shape), Span(*map(int, span))


def described(fractions: NDArray[np.float32], legend: Legend) -> str:
    """The largest classes in words, such as ``forest 80 %, water 20 %``."""
    order = np.argsort(-fractions, kind='stable')[:NAMED]
    return ', '.join(
        f'{legend.names[k]} {100 * fractions[k]:.0f} %'
        for k in order.tolist()
        if fractions[k] >= 0.005
    )


def write_areas(
    path: Path, areas: Sequence[Area], legend: Legend, chips: Sequence[str]
) -> None:
    """Write areas to a GeoPackage in EPSG:4326, layer ``areas``.

    Args:
        chips (sequence of str): Image of each, a path beside the file.
    """
    import geopandas as gpd
    import pyogrio

    rows = []
    for rank, (area, chip) in enumerate(zip(areas, chips, strict=True), 1):
        move = transformer(area.scene.crs, 'EPSG:4326')
        outline = shapely.transform(
            area.outline, move.transform, interleaved=False
        )
        rows.append(
            dict(
                rank=rank,
                scene=area.scene.name,
                date=area.scene.date or '',
                map_class=legend.names[int(area.map.argmax())],
                network_class=legend.names[int(area.network.argmax())],
                map=described(area.map, legend),
                network=described(area.network, legend),
                disagreement=round(area.disagreement, 3),
                hectares=round(area.hectares, 4),
                disputed_hectares=round(area.disputed, 4),
                chip=chip,
                geometry=outline,
            )
        )
    columns = [
        *('rank', 'scene', 'date', 'map_class', 'network_class', 'map'),
        *('network', 'disagreement', 'hectares', 'disputed_hectares'),
        *('chip', 'geometry'),
    ]
    frame = gpd.GeoDataFrame(
        rows, columns=columns, geometry='geometry', crs='EPSG:4326'
    )
    pyogrio.set_gdal_config_options({'OGR_CURRENT_DATE': NO_DATE})
    try:
        pyogrio.write_dataframe(
            frame, path, 'areas', 'GPKG', geometry_type='Polygon'
        )
    finally:
        pyogrio.set_gdal_config_options({'OGR_CURRENT_DATE': None})
