"""How ground without plants looks: rock and sand, water, snow."""

import numpy as np

from ..core.hashing import subseed
from ..core.noise import lattice_noise
from .canvas import At, Canvas


def bare(canvas: Canvas, at: At) -> None:
    """Rock, gravel and sand with gullies or ripples."""
    climate = canvas.view.climate
    mid, rough = canvas.mid[at], canvas.land.rough.ravel()[at]
    stone = np.clip(
        0.45 + 0.35 * rough - (climate.temperature - 12) * 0.08, 0, 1
    )
    gully = np.clip(1 - np.abs(rough + 0.25 * mid) * 5, 0, 1)
    rho = canvas.soil(0.5 + 0.10 * mid + 0.12 * rough) * (1 - stone) + (
        stone * canvas.pure('rock')
    )
    scrub = np.clip(0.8 * canvas.crown[at] - 0.35, 0, 0.7) * canvas.fade(14)
    scrub = scrub * np.clip(climate.moisture, 0, 0.6)
    leaf = 0.5 * canvas.pure('leaf') + 0.5 * canvas.pure('autumn')
    rho = rho * canvas.tint('bare') * (1 - scrub) + leaf * scrub
    light = 1 + 0.06 * mid - 0.16 * gully + 0.04 * canvas.fine[at]
    canvas.put(at, rho * light, np.clip(0.6 * mid + 1 - 2 * gully, 0, 3))


def water(canvas: Canvas, at: At) -> None:
    """Rivers, lakes and sea: clear, green or muddy by place and day."""
    land, view = canvas.land, canvas.view
    rng = np.random.default_rng(subseed(view.scene, 'water'))
    cloudy, green = rng.uniform(0, 0.9), rng.uniform(0, 1)
    bank = land.bank.ravel()[at]
    plume = canvas.land.rough.ravel()[at]
    murk = np.clip(cloudy + 0.12 * plume, 0, 1)
    body = green * canvas.pure('algae') + (1 - green) * canvas.pure('silt')
    rho = canvas.pure('water') * (1 - murk) + murk * body
    shoal = np.clip(1 + bank / 12, 0, 1) * 0.45
    rho = rho * (1 - shoal) + shoal * canvas.pure('silt')
    swell = lattice_noise(
        canvas.grid, max(14.0, 2.5 * canvas.step), view.scene + 5
    ).ravel()[at]
    glint = rng.uniform(0, 0.08)
    canvas.put(at, rho * (1 + glint * swell + 0.02 * canvas.fine[at]))


def snow(canvas: Canvas, at: At) -> None:
    """Firn and ice with drifts, crevasses and rock that looks out."""
    mid, rough = canvas.mid[at], canvas.land.rough.ravel()[at]
    rock = np.clip(3 * (rough + 0.4 * mid - 1.1), 0, 1)
    ice = np.clip(-0.6 * rough - 0.2, 0, 0.5)
    crack = np.clip(1 - np.abs(mid + 0.3 * rough) * 8, 0, 1) * ice
    white = canvas.pure('snow') * (0.92 - 0.3 * ice + 0.04 * mid - 0.4 * crack)
    rho = white * (1 - rock) + rock * canvas.pure('rock')
    canvas.put(at, rho, 1.2 + 0.8 * mid)
