"""What things reflect: ten bands of a few pure surfaces."""

import numpy as np

from ..core.grid import F32

# Sentinel-2's ten land bands, by wavelength.
ALL_BANDS = (
    'blue',
    'green',
    'red',
    'rededge1',
    'rededge2',
    'rededge3',
    'nir',
    'nir08',
    'swir16',
    'swir22',
)

# Surface reflectance, 0 to 1, in the order above: rounded from the general
# shape of published field spectra (leaf, soil, water, snow, roofs).
_TABLE: dict[str, tuple[float, ...]] = {
    'leaf': (0.030, 0.062, 0.034, 0.10, 0.29, 0.37, 0.41, 0.43, 0.21, 0.10),
    'lush': (0.038, 0.090, 0.046, 0.14, 0.33, 0.42, 0.46, 0.47, 0.25, 0.12),
    'needle': (0.022, 0.038, 0.024, 0.06, 0.15, 0.19, 0.21, 0.22, 0.10, 0.05),
    'autumn': (0.040, 0.085, 0.115, 0.16, 0.24, 0.28, 0.30, 0.31, 0.24, 0.14),
    'straw': (0.095, 0.145, 0.190, 0.22, 0.25, 0.27, 0.29, 0.30, 0.37, 0.29),
    'soil_grey': (
        0.085,
        0.108,
        0.128,
        0.14,
        0.15,
        0.16,
        0.18,
        0.19,
        0.24,
        0.21,
    ),
    'soil_brown': (
        0.060,
        0.085,
        0.118,
        0.14,
        0.16,
        0.17,
        0.19,
        0.20,
        0.27,
        0.23,
    ),
    'soil_red': (
        0.068,
        0.108,
        0.190,
        0.23,
        0.25,
        0.26,
        0.28,
        0.29,
        0.35,
        0.30,
    ),
    'sand': (0.190, 0.260, 0.330, 0.36, 0.38, 0.39, 0.41, 0.42, 0.50, 0.46),
    'rock': (0.115, 0.132, 0.145, 0.16, 0.17, 0.18, 0.20, 0.21, 0.25, 0.22),
    'moss': (0.048, 0.066, 0.070, 0.10, 0.15, 0.17, 0.19, 0.20, 0.24, 0.15),
    'water': (
        0.052,
        0.046,
        0.028,
        0.02,
        0.015,
        0.013,
        0.011,
        0.009,
        0.004,
        0.003,
    ),
    'algae': (
        0.040,
        0.066,
        0.042,
        0.05,
        0.035,
        0.03,
        0.03,
        0.025,
        0.010,
        0.006,
    ),
    'silt': (0.085, 0.118, 0.128, 0.11, 0.08, 0.07, 0.06, 0.05, 0.015, 0.010),
    'asphalt': (
        0.078,
        0.086,
        0.092,
        0.10,
        0.10,
        0.105,
        0.11,
        0.11,
        0.13,
        0.12,
    ),
    'concrete': (
        0.195,
        0.215,
        0.235,
        0.25,
        0.26,
        0.27,
        0.28,
        0.29,
        0.31,
        0.29,
    ),
    'tile_red': (
        0.080,
        0.105,
        0.190,
        0.23,
        0.26,
        0.27,
        0.28,
        0.29,
        0.34,
        0.31,
    ),
    'slate': (0.070, 0.078, 0.084, 0.09, 0.095, 0.10, 0.105, 0.11, 0.12, 0.11),
    'metal_blue': (
        0.230,
        0.190,
        0.140,
        0.13,
        0.14,
        0.15,
        0.16,
        0.17,
        0.20,
        0.18,
    ),
    'metal_white': (
        0.420,
        0.450,
        0.470,
        0.47,
        0.47,
        0.47,
        0.46,
        0.46,
        0.42,
        0.36,
    ),
    'snow': (0.840, 0.850, 0.850, 0.85, 0.84, 0.83, 0.80, 0.78, 0.11, 0.08),
    'cloud': (0.640, 0.640, 0.640, 0.64, 0.64, 0.63, 0.62, 0.61, 0.48, 0.36),
}


def spectrum(name: str, bands: tuple[str, ...]) -> F32:
    """Reflectance of a pure surface.

    Args:
        name (str): A row of the table.
        bands (tuple[str, ...]): Band names in the order wanted.

    Returns:
        F32: (bands, 1), 0 to 1.
    """
    row = dict(zip(ALL_BANDS, _TABLE[name], strict=True))
    return np.array([[row[band]] for band in bands], np.float32)
