"""Aircraft, ships and storage tanks, drawn into a picture with boxes."""

from dataclasses import dataclass

import numpy as np
from skimage.draw import polygon as fill_polygon

from ..core.grid import F32, F64, I64, Mask

OBJECTS = ('aircraft', 'ship', 'storage_tank')
# Right halves of outlines with nose to the east, in units of the length.
_HALF_PLANE = (
    *((0.5, 0.0), (0.44, 0.05), (0.14, 0.06), (-0.10, 0.48), (-0.20, 0.48)),
    *((-0.08, 0.06), (-0.36, 0.05), (-0.46, 0.19), (-0.5, 0.19)),
)
_HALF_HULL = ((0.5, 0.0), (0.38, 0.5), (-0.46, 0.5), (-0.5, 0.35))
_PLANE = np.array(
    [
        *_HALF_PLANE,
        (-0.47, 0.0),
        *((x, -y) for x, y in reversed(_HALF_PLANE[1:])),
    ]
)
_HULL = np.array(
    [*_HALF_HULL, *((x, -y) for x, y in reversed(_HALF_HULL[1:]))]
)
_METRES = {'aircraft': (28, 62), 'ship': (30, 150), 'storage_tank': (22, 60)}
_HEIGHT = {'aircraft': 6, 'ship': 8, 'storage_tank': 13}
_LEVEL = {
    'aircraft': (0.4, 0.62),
    'ship': (0.12, 0.35),
    'storage_tank': (0.3, 0.6),
}


@dataclass(frozen=True)
class Thing:
    """A drawn object of a kind of ``OBJECTS``.

    Outline (n, 2), centre, length and width are pixels, the heading ``turn``
    radians anticlockwise from east.
    """

    kind: str
    outline: F64
    turn: float
    length: float
    width: float
    x: float
    y: float

    def turned(self, cols: I64, rows: I64) -> tuple[F64, F64]:
        """Pixels along and across its heading, from its centre."""
        cos, sin = np.cos(self.turn), np.sin(self.turn)
        right, down = cols - self.x, rows - self.y
        return right * cos - down * sin, right * sin + down * cos


def _outline(
    kind: str, x: float, y: float, turn: float, length: float, width: float
) -> F64:
    if kind == 'storage_tank':
        angle = np.linspace(0, 2 * np.pi, 24, endpoint=False)
        return np.stack(
            [x + np.cos(angle) * length / 2, y + np.sin(angle) * length / 2], 1
        )
    shape = _PLANE if kind == 'aircraft' else _HULL
    scale = (length, length if kind == 'aircraft' else width)
    px, py = shape[:, 0] * scale[0], shape[:, 1] * scale[1]
    cos, sin = np.cos(turn), np.sin(turn)
    return np.stack([x + px * cos + py * sin, y - px * sin + py * cos], 1)


def place_things(
    kind: str, room: Mask, gsd: float, rng: np.random.Generator, most: int
) -> list[Thing]:
    """Choose positions that do not touch, in drawing order.

    Middles lie in ``room`` (h, w); ``gsd`` is the pixel size in metres and
    ``most`` the largest number of objects.
    """
    at = np.flatnonzero(room)
    things: list[Thing] = []
    common = rng.uniform(0, 2 * np.pi)
    base = rng.uniform(*_METRES[kind])
    for _ in range(8 * most):
        if len(things) == most or not len(at):
            break
        row, col = divmod(int(rng.choice(at)), room.shape[1])
        length = base * rng.uniform(0.75, 1.25) / gsd
        turn = common + rng.normal(0, 0.15 if kind == 'aircraft' else 0.8)
        slim = rng.uniform(0.16, 0.24)
        ratio = {'aircraft': 0.96, 'ship': slim, 'storage_tank': 1.0}[kind]
        width = length * ratio
        near = (
            np.hypot(t.x - col, t.y - row) < 0.62 * (t.length + length)
            for t in things
        )
        if not any(near):
            outline = _outline(kind, col, row, turn, length, width)
            things.append(Thing(kind, outline, turn, length, width, col, row))
    return things


def draw_things(
    rho: F32, tall: F32, things: list[Thing], rng: np.random.Generator
) -> None:
    """Paint objects into reflectance and height, in place."""
    shape = tall.shape
    for thing in things:
        cols, rows = thing.outline[:, 0], thing.outline[:, 1]
        r, c = fill_polygon(rows, cols, shape)
        if not len(r):
            continue
        # One draw for every kind, so that pictures keep their bytes.
        levels = {k: rng.uniform(*span) for k, span in _LEVEL.items()}
        rho[:, r, c] = levels[thing.kind]
        tall[r, c] = _HEIGHT[thing.kind]
        along, across = thing.turned(c, r)
        if thing.kind == 'ship':
            bridge = (along < -0.25 * thing.length) & (
                along > -0.42 * thing.length
            )
            rho[:, r[bridge], c[bridge]] = 0.45
            hold = (
                (np.abs(across) < 0.3 * thing.width)
                & (np.sin(along * 2 * np.pi / (0.16 * thing.length)) > 0)
                & (along > -0.2 * thing.length)
            )
            rho[:, r[hold], c[hold]] = rng.uniform(0.08, 0.3)
        elif thing.kind == 'storage_tank':
            rim = np.hypot(c - thing.x, r - thing.y) > 0.44 * thing.length
            rho[:, r[rim], c[rim]] *= 0.75
