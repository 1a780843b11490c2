"""How growing things look: crops, trees, grass, shrubs, marsh, tundra."""

import numpy as np

from ..core.hashing import U32, rehash, unit
from .canvas import At, Canvas


def _orchard(canvas: Canvas, at: At, ident: U32) -> None:
    """Trees in a square pattern over grass or soil."""
    parcels = canvas.land.parcels
    gap = 6 + 4 * unit(rehash(ident, 55))
    a = parcels.across.ravel()[at] / gap
    b = parcels.along.ravel()[at] / gap
    dist = np.hypot(a - np.floor(a) - 0.5, b - np.floor(b) - 0.5)
    fade = canvas.fade(11)
    tree = fade * (dist < 0.36) + (1 - fade) * np.float32(0.42)
    leaf = canvas.pure('leaf') * canvas.tint('orchard')
    rho = canvas.rho[:, at] * (1 - tree) + leaf * tree
    canvas.put(at, rho, 4 * tree)


def crops(canvas: Canvas, at: At) -> None:
    """Parcels: soil, rows, stages of growth, tracks, hedges, orchards."""
    land, view, climate = canvas.land, canvas.view, canvas.view.climate
    ident = land.parcels.ident.ravel()[at]
    pick = unit(rehash(ident, land.year))
    stage = 0.55 * view.season + 1.6 * (
        unit(rehash(ident, 51 + land.year)) - 0.5
    )
    green = np.clip(0.45 + stage, 0.02, 0.97)
    tone = unit(rehash(ident, 52))
    mid, fine = canvas.mid[at], canvas.fine[at]
    across = land.parcels.across.ravel()[at]
    gap = 4 + 10 * unit(rehash(ident, 53))
    rows = np.sin(across * (2 * np.pi) / gap) * np.clip(
        gap / (2.2 * canvas.step) - 0.6, 0, 1
    )
    green = np.clip(green + 0.07 * mid + 0.13 * rows * (0.3 + green), 0, 1)
    crop = np.where(pick > 0.6, canvas.pure('straw'), canvas.pure('lush'))
    crop = np.where(pick < 0.3, canvas.pure('leaf') * 1.1, crop)
    shade = 0.8 + 0.4 * unit(rehash(ident, 56))
    rho = canvas.soil(tone + 0.12 * mid - 0.14 * rows) * (1 - green) + (
        crop * canvas.tint('crop') * green
    )
    # Flooded paddies look like ponds.
    paddy = (
        (pick > 0.45)
        & (pick < 0.6)
        & (climate.moisture > 0.6)
        & (climate.temperature > 12)
    )
    flood = np.where(paddy, np.clip(0.9 - green, 0, 0.85), 0)
    pond = 0.6 * canvas.pure('silt') + 0.4 * canvas.pure('water')
    rho = rho * (1 - flood) + pond * flood
    dry = land.parcels.pivot.ravel()[at] > 0
    rho = np.where(dry, canvas.soil(tone + 0.2 * mid), rho)
    canvas.put(at, rho * shade * (1 + 0.03 * fine), green * (0.6 + 0.5 * rows))
    trees = (unit(rehash(ident, 57)) < 0.12) & ~dry
    if trees.any():
        _orchard(canvas, at[trees], ident[trees])
    edge = land.parcels.edge.ravel()[at]
    track = edge < np.maximum(1.2 + 1.6 * tone, 0.3 * canvas.step)
    hedge = track & (unit(rehash(ident, 54)) < 0.25)
    lane = canvas.soil(tone[track] + 0.35) * 0.65
    canvas.put(at[track], lane + 0.35 * canvas.rho[:, at[track]])
    bush = canvas.pure('leaf') * (1 + 0.2 * canvas.crown[at[hedge]])
    canvas.put(at[hedge], bush, 4 + 1.5 * canvas.crown[at[hedge]])


def trees(canvas: Canvas, at: At) -> None:
    """Closed forest: crowns with dark seams, stands, autumn colours."""
    view, climate = canvas.view, canvas.view.climate
    rough = canvas.land.rough.ravel()[at]
    crown, mid = canvas.crown[at], canvas.mid[at]
    needle = np.clip((climate.conifer * 2 - 1) * 1.5 + rough + 0.5, 0, 1)
    turn = np.float32(np.clip(-view.season, 0, 1) * (climate.temperature < 20))
    fall = np.clip(turn + 0.25 * turn * mid, 0, 1)
    autumn = 0.5 * canvas.pure('autumn') + 0.4 * canvas.pure('soil_brown')
    rho = (canvas.pure('leaf') * (1 - fall) + autumn * fall) * (
        1 - needle
    ) + canvas.pure('needle') * needle
    light = 1 + 0.07 * mid + 0.26 * crown * canvas.fade(20)
    ident = canvas.land.parcels.ident.ravel()[at]
    # Managed stands differ in age and tone.
    stand = 0.86 + 0.28 * unit(rehash(ident, 58))
    canvas.put(
        at,
        rho * canvas.tint('forest') * light * stand,
        13 + (3.0 * crown + 1.2 * mid) * canvas.fade(16),
    )


def grass(canvas: Canvas, at: At) -> None:
    """Meadow and steppe: soft patches, paths, lone trees."""
    land, view, climate = canvas.land, canvas.view, canvas.view.climate
    mid, rough = canvas.mid[at], land.rough.ravel()[at]
    wet = land.moisture.ravel()[at]
    ident = land.parcels.ident.ravel()[at]
    mown = 0.35 * (unit(rehash(ident, 59)) - 0.5) * (climate.moisture > 0.4)
    green = np.clip(
        0.1
        + 0.8 * (wet - 0.25)
        + 0.35 * view.season
        + 0.12 * rough
        + 0.05 * mid
        + mown,
        0.03,
        0.92,
    )
    straw = 0.55 * canvas.pure('straw') + 0.45 * canvas.soil(0.4 + 0.12 * mid)
    rho = straw * (1 - green) + canvas.pure('lush') * green
    rho = rho * canvas.tint('grass')
    canvas.put(at, rho * (1 + 0.04 * mid + 0.025 * canvas.fine[at]))
    canvas.single_trees(at, 0.10 + 0.25 * climate.moisture, 81)


def shrubs(canvas: Canvas, at: At) -> None:
    """Bushes, open or dense, over dry grass."""
    grass(canvas, at)
    thick = canvas.land.rough.ravel()[at] * 0.35 + 0.2
    bush = np.clip(canvas.crown[at] * 1.5 + thick, 0, 1)
    fade = canvas.fade(14)
    bush = bush * fade + np.clip(0.45 + 0.3 * thick, 0, 1) * (1 - fade)
    leaf = 0.65 * canvas.pure('leaf') + 0.35 * canvas.pure('autumn')
    leaf = leaf * canvas.tint('shrub')
    rho = canvas.rho[:, at] * (1 - bush) + leaf * bush
    canvas.put(at, rho, np.maximum(2.5 * bush, canvas.tall[at]))


def marsh(canvas: Canvas, at: At) -> None:
    """Reeds, pools and creeks."""
    mid, rough = canvas.mid[at], canvas.land.rough.ravel()[at]
    pool = np.clip(2.5 * (0.8 * rough + 0.7 * mid - 0.6), 0, 1)
    creek = np.clip(1 - np.abs(rough - 0.5 * mid) * 9, 0, 1)
    open_ = np.maximum(pool, creek)
    green = np.clip(0.55 + 0.4 * canvas.view.season + 0.1 * mid, 0.1, 0.9)
    reed = green * canvas.pure('leaf') * 1.1 + (1 - green) * (
        0.6 * canvas.pure('straw') + 0.2 * canvas.pure('soil_brown')
    )
    reed = reed * canvas.tint('marsh') * (1 + 0.12 * canvas.fine[at])
    dark = 0.6 * canvas.pure('algae') + 0.4 * canvas.pure('soil_brown')
    canvas.put(at, reed * (1 - open_) + dark * open_, 1.5 * (1 - open_))
    canvas.single_trees(at, 0.12, 82)


def tundra(canvas: Canvas, at: At) -> None:
    """Moss and sedge on frost-cracked ground, with pools and stones."""
    mid, rough = canvas.mid[at], canvas.land.rough.ravel()[at]
    crack = np.clip(1 - np.abs(mid) * 3.5, 0, 1) * 0.32
    green = np.clip(0.25 + 0.35 * canvas.view.season + 0.2 * rough, 0, 1)
    rho = canvas.pure('moss') * (1 - green) + green * (
        0.5 * canvas.pure('leaf') + 0.5 * canvas.pure('autumn')
    )
    stone = np.clip(rough - 0.9, 0, 1)
    rho = rho * canvas.tint('tundra') * (1 - stone) + (
        stone * canvas.pure('rock')
    )
    pool = np.clip(6 * (mid - 0.25 * rough - 1.45), 0, 1)
    rho = rho * (1 - crack) * (1 - pool) + pool * canvas.pure('water')
    canvas.put(at, rho * (1 + 0.05 * canvas.fine[at]))
