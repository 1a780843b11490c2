"""How towns look: roofs, yards, streets, car parks, building sites."""

import numpy as np

from ..core.grid import F32, U8
from ..core.hashing import U32, rehash, unit
from ..land.towns import FLATS, INDUSTRY, PARKING, SITE, STREET
from .canvas import At, Canvas


def _roofs(canvas: Canvas, use: U8, lot: U32) -> F32:
    """Roof colour of every lot, (bands, n)."""
    pick = unit(rehash(lot, 3))
    roof = np.where(pick < 0.45, canvas.pure('tile_red'), canvas.pure('slate'))
    roof = np.where(pick > 0.75, canvas.pure('concrete'), roof)
    shed = np.where(
        pick < 0.3,
        canvas.pure('metal_blue'),
        canvas.pure('metal_white') * (0.4 + 0.5 * pick),
    )
    shed = np.where(pick > 0.75, canvas.pure('slate') * 1.3, shed)
    flat = canvas.pure('concrete') * (0.6 + 0.6 * pick)
    roof = np.where(use == FLATS, flat, roof)
    roof = np.where(use == INDUSTRY, shed, roof)
    return np.asarray(roof * (0.85 + 0.3 * unit(rehash(lot, 4))), np.float32)


def _cars(canvas: Canvas, at: At, block: U32, u: F32, v: F32) -> None:
    """A car park: cars in rows, nose to nose, with lanes between."""
    row, bay = np.floor(v / 8.5), np.floor(u / 2.7)
    spot = rehash(block + (bay * 131 + row * 7).astype(np.uint32), 62)
    busy = 0.25 + 0.7 * unit(rehash(block, 65))
    parked = ((v % 17) / 17 < 0.62) & (u % 2.7 > 0.5) & (unit(spot) < busy)
    paint = unit(rehash(spot, 63))
    asphalt = canvas.pure('asphalt') * (1.1 + 0.05 * canvas.fine[at])
    asphalt = asphalt * (0.85 + 0.7 * unit(rehash(block, 66)))
    canvas.put(
        at,
        np.where(parked, 0.05 + 0.45 * paint * paint, asphalt),
        1.5 * parked,
    )


def _streets(canvas: Canvas, at: At, block: U32) -> None:
    """Asphalt with trees along some streets."""
    asphalt = canvas.pure('asphalt') * (1.05 + 0.05 * canvas.fine[at])
    lined = (unit(rehash(block, 67)) < 0.4) & (canvas.crown[at] > 0.55)
    leaf = canvas.pure('leaf') * (1 + 0.2 * canvas.crown[at])
    canvas.put(at, np.where(lined, leaf, asphalt), np.where(lined, 5, 0))


def _lots(canvas: Canvas, at: At, use: U8, block: U32, u: F32, v: F32) -> None:
    """Buildings on lots, with yards and trees between them."""
    works, flats = use == INDUSTRY, use == FLATS
    side = 0.8 + 0.5 * unit(rehash(block, 60))
    lot_u = np.where(works, 66, np.where(flats, 38, 18)) * side
    lot_v = np.where(works, 50, np.where(flats, 28, 22)) * side
    i, j = np.floor(u / lot_u), np.floor(v / lot_v)
    lot = rehash(block + (i * 31 + j * 1009).astype(np.uint32), 61)
    pu, pv = u / lot_u - i, v / lot_v - j
    wide = np.where(works, 0.78, 0.56) + 0.2 * (unit(rehash(lot, 1)) - 0.5)
    deep = np.where(works, 0.72, 0.5) + 0.2 * (unit(rehash(lot, 2)) - 0.5)
    du = np.abs(pu - 0.5 - 0.1 * (unit(rehash(lot, 5)) - 0.5))
    dv = np.abs(pv - 0.5 - 0.14 * (unit(rehash(lot, 6)) - 0.5))
    house = (du < wide / 2) & (dv < deep / 2) & (unit(lot) > 0.1)
    # A third of the houses have the corner cut out of an L.
    ell = (unit(rehash(lot, 7)) < 0.35) & (pu > 0.5) & (pv > 0.5)
    house &= ~(ell & ~works)
    roof = _roofs(canvas, use, lot)
    # Pitched roofs have a lit and a dark side.
    ridge = np.where(works | flats, 0, np.sign(pv - 0.5) * 0.12)
    crown = canvas.crown[at]
    leafy = np.where(works, 0.1, np.where(flats, 0.55, 0.85))
    leafy = leafy * (0.5 + unit(rehash(block, 64)))
    yard = np.clip((0.5 + 0.45 * crown) * leafy, 0, 1)
    leaf = 0.6 * canvas.pure('lush') + 0.4 * canvas.pure('leaf')
    paved = 0.5 * canvas.pure('concrete') + 0.5 * canvas.soil(
        unit(rehash(lot, 8))
    )
    ground = leaf * yard + paved * (1 - yard)
    rho = np.where(house, roof * (1 + ridge + 0.03 * canvas.fine[at]), ground)
    pick = unit(rehash(lot, 9))
    high = np.where(works, 9, np.where(flats, 12 + 20 * pick, 5 + 2 * pick))
    wood = np.where((crown * leafy > 0.45), 5 + 3 * crown, 0)
    canvas.put(at, rho, np.where(house, high, wood))


def towns(canvas: Canvas, at: At) -> None:
    """Built-up land: blocks by their use, and country roads."""
    fabric = canvas.land.fabric
    use, block = fabric.use.ravel()[at], fabric.block.ravel()[at]
    u, v = fabric.along.ravel()[at], fabric.across.ravel()[at]
    road = (use == 0) | (canvas.land.road.ravel()[at] < 0)
    kinds = {
        'street': (use == STREET) & ~road,
        'cars': (use == PARKING) & ~road,
        'site': (use == SITE) & ~road,
    }
    lots = ~(road | kinds['street'] | kinds['cars'] | kinds['site'])
    if lots.any():
        _lots(canvas, at[lots], use[lots], block[lots], u[lots], v[lots])
    if kinds['street'].any():
        _streets(canvas, at[kinds['street']], block[kinds['street']])
    if kinds['cars'].any():
        m = kinds['cars']
        _cars(canvas, at[m], block[m], u[m], v[m])
    dug = at[kinds['site']]
    tone = 0.55 + 0.25 * canvas.mid[dug]
    canvas.put(dug, canvas.soil(tone) * (1 + 0.06 * canvas.fine[dug]))
    way = at[road]
    canvas.put(way, canvas.pure('asphalt') * (1.25 + 0.04 * canvas.fine[way]))
