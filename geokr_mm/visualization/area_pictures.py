"""Pictures of scenes and of areas in them: image, map and network."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import rasterio
import shapely
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from geokr_mm.errors import InputError
from geokr_mm.geo.core.raster import environment
from geokr_mm.geo.cover.areas import Area
from geokr_mm.geo.cover.cells import Span, moved
from geokr_mm.geo.cover.cog import class_values
from geokr_mm.geo.scenes.radiometry import Limits, find_stretches, stretch
from geokr_mm.geo.scenes.scene import Scene, Window

from .patch import NONE, TRUE_COLOUR

if TYPE_CHECKING:
    from geokr_mm.prediction.cover import Cover
    from geokr_mm.prediction.scene_maps import SceneMaps

# Pixels along a picture of an area, at least and at most.
CHIP = (64, 256)
# Side of a picture over that of its area.
WIDER = 2.0
# Pixels along a picture of a scene.
OVERVIEW = 480
Image8 = NDArray[np.uint8]


class AreaPictures:
    """Pictures of what a run wrote."""

    def __init__(self, cover: 'Cover') -> None:
        self.cover = cover
        self.maps = {id(maps.view.scene): maps for maps in cover.maps}

    def whole(self, maps: 'SceneMaps') -> Image8:
        """A scene, (h, w, 3)."""
        scene = maps.view.scene
        size = _thinned(scene.height, scene.width)
        return scene_image(scene, scene.whole, size)

    def layer(self, maps: 'SceneMaps', kind: str) -> NDArray[Any]:
        """A whole map, thinned: class numbers, 255 for none, or values."""
        with self._open(maps, kind) as source:
            size = _thinned(source.height, source.width)
            return self._numbers(source.read(1, out_shape=size), kind)

    def of(self, area: Area) -> tuple[Image8, Image8, Image8]:
        """An area with its surroundings.

        Returns:
            tuple: Image (h, w, 3) with the outline, and class numbers of
            map and network, 255 for none.
        """
        maps = self.maps[id(area.scene)]
        grid = maps.view.grid
        side = grid.cell * grid.coarse
        box = _box(area.span, max(1, -(-CHIP[0] // side)))
        left, top = box.col * side, box.row * side
        right = min(box.col_end * side, area.scene.width)
        bottom = min(box.row_end * side, area.scene.height)
        window = Window(left, top, right - left, bottom - top)
        factor = max(1.0, max(window.width, window.height) / CHIP[1])
        shape = (
            max(1, round(window.height / factor)),
            max(1, round(window.width / factor)),
        )
        image = scene_image(area.scene, window, shape)

        def place(points: NDArray[np.float64]) -> NDArray[np.float64]:
            return (
                moved(~area.scene.transform, points) - (left, top)
            ) / factor

        drawn = _outlined(image, shapely.transform(area.outline, place))
        cells = []
        for kind, finer in (('map', 1), ('classes', grid.coarse)):
            rows = slice(box.row * finer, box.row_end * finer)
            cols = slice(box.col * finer, box.col_end * finer)
            with self._open(maps, kind) as source:
                part = rasterio.windows.Window.from_slices(
                    rows, cols, source.height, source.width
                ).intersection(
                    rasterio.windows.Window(0, 0, source.width, source.height)
                )
                cells.append(self._numbers(source.read(1, window=part), kind))
        return drawn, cells[0], cells[1]

    def save(self, folder: Path) -> list[str]:
        """Write images of all areas; their paths beside the folder."""
        folder.mkdir()
        found = []
        palette = np.vstack(
            [self.cover.legend.palette, np.zeros((256, 3), np.uint8)]
        )
        for rank, area in enumerate(self.cover.areas, 1):
            image, *cells = self.of(area)
            size = (image.shape[1], image.shape[0])
            panels = [Image.fromarray(image)]
            for numbers in cells:
                picture = Image.fromarray(palette[numbers].astype(np.uint8))
                panels.append(picture.resize(size, Image.Resampling.NEAREST))
            sheet = Image.new('RGB', (3 * size[0] + 8, size[1]), 'white')
            for n, panel in enumerate(panels):
                sheet.paste(panel, (n * (size[0] + 4), 0))
            name = f'{folder.name}/{rank:04d}.png'
            sheet.save(folder.parent / name)
            found.append(name)
        return found

    def _open(self, maps: 'SceneMaps', kind: str) -> Any:
        with environment():
            return rasterio.open(self.cover.folder / maps.file(kind))

    def _numbers(self, values: NDArray[Any], kind: str) -> NDArray[Any]:
        if kind not in ('map', 'classes'):
            return values
        codes, _ = class_values(self.cover.legend)
        number_of = np.full(256, NONE, np.uint8)
        number_of[codes] = np.arange(len(codes))
        return number_of[values]


def scene_image(
    scene: Scene, window: Window, shape: tuple[int, int]
) -> Image8:
    """A window as people see it, (h, w, 3) uint8.

    In the bands red, green and blue, else the first three, else the first
    as grey.
    """
    names = list(scene.bands)
    bands = TRUE_COLOUR if set(TRUE_COLOUR) <= set(names) else names[:3]
    shown = scene.select(bands if len(bands) == 3 else [bands[0]] * 3)
    pixels = stretch(shown.read(window, shape), *_limits(shown))
    return np.ascontiguousarray(pixels.transpose(1, 2, 0))


@lru_cache(maxsize=64)
def _limits(scene: Scene) -> Limits:
    try:
        found = find_stretches([scene], 'scene').scenes
    except InputError:
        # An empty scene has nothing to stretch.
        return np.zeros(3), np.ones(3)
    return found[scene.name].limits


def _thinned(height: int, width: int) -> tuple[int, int]:
    factor = max(1.0, max(height, width) / OVERVIEW)
    return max(1, round(height / factor)), max(1, round(width / factor))


def _box(span: Span, least: int) -> Span:
    """A square of cells around an area, from the first row and column on."""
    rows, cols = span.shape
    side = max(least, int(np.ceil(WIDER * max(rows, cols))))
    row = max(0, span.row + (rows - side) // 2)
    col = max(0, span.col + (cols - side) // 2)
    return Span(row, col, row + side, col + side)


def _outlined(image: Image8, outline: Any) -> Image8:
    picture = Image.fromarray(image)
    pen = ImageDraw.Draw(picture)
    rings: Sequence[Any] = [outline.exterior, *outline.interiors]
    for ring in rings:
        points = [tuple(point) for point in np.asarray(ring.coords)]
        pen.line(points, fill='black', width=3)
        pen.line(points, fill='white', width=1)
    return np.asarray(picture)
