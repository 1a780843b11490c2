"""What things reflect: ten bands of a few pure surfaces."""

import numpy as np

from geokr_mm.world.grid import F32

# Sentinel-2's ten land bands, by wavelength.
ALL_BANDS = (
    'blue', 'green', 'red', 'rededge1', 'rededge2',
    'rededge3', 'nir', 'nir08', 'swir16', 'swir22',
)

# Surface reflectance, 0 to 1, in the order above: rounded from the general
# shape of published field spectra (leaf, soil, water, snow, roofs).
_TABLE: dict[str, tuple[float, ...]] = {
    'leaf': (.030, .062, .034, .10, .29, .37, .41, .43, .21, .10),
    'lush': (.038, .090, .046, .14, .33, .42, .46, .47, .25, .12),
    'needle': (.022, .038, .024, .06, .15, .19, .21, .22, .10, .05),
    'autumn': (.040, .085, .115, .16, .24, .28, .30, .31, .24, .14),
    'straw': (.095, .145, .190, .22, .25, .27, .29, .30, .37, .29),
    'soil_grey': (.085, .108, .128, .14, .15, .16, .18, .19, .24, .21),
    'soil_brown': (.060, .085, .118, .14, .16, .17, .19, .20, .27, .23),
    'soil_red': (.068, .108, .190, .23, .25, .26, .28, .29, .35, .30),
    'sand': (.190, .260, .330, .36, .38, .39, .41, .42, .50, .46),
    'rock': (.115, .132, .145, .16, .17, .18, .20, .21, .25, .22),
    'moss': (.048, .066, .070, .10, .15, .17, .19, .20, .24, .15),
    'water': (.052, .046, .028, .02, .015, .013, .011, .009, .004, .003),
    'algae': (.040, .066, .042, .05, .035, .03, .03, .025, .010, .006),
    'silt': (.085, .118, .128, .11, .08, .07, .06, .05, .015, .010),
    'asphalt': (.078, .086, .092, .10, .10, .105, .11, .11, .13, .12),
    'concrete': (.195, .215, .235, .25, .26, .27, .28, .29, .31, .29),
    'tile_red': (.080, .105, .190, .23, .26, .27, .28, .29, .34, .31),
    'slate': (.070, .078, .084, .09, .095, .10, .105, .11, .12, .11),
    'metal_blue': (.230, .190, .140, .13, .14, .15, .16, .17, .20, .18),
    'metal_white': (.420, .450, .470, .47, .47, .47, .46, .46, .42, .36),
    'snow': (.840, .850, .850, .85, .84, .83, .80, .78, .11, .08),
    'cloud': (.640, .640, .640, .64, .64, .63, .62, .61, .48, .36),
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
