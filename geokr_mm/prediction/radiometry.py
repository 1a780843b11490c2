"""What a network sees of a scene: as in the index that it was trained on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..geo.scenes.physical import describe_values, to_values
from ..geo.scenes.radiometry import find_stretches, stretch
from ..geo.scenes.scene import Scene
from ..geo.scenes.values import Limits, full_range, stored_limits


@dataclass(frozen=True)
class Radiometry:
    """From stored numbers of a scene to what a network sees.

    Attributes:
        limits (Limits): Stored numbers that become 0 and 255; None where
            the network takes values.
        factors (Limits): Scale and offset of each band.
        mean (float64 array (C,)): Of each band, in place of empty values.
    """

    limits: Limits | None
    factors: Limits
    mean: NDArray[np.float64]

    @classmethod
    def of(
        cls,
        card: Mapping[str, Any],
        scene: Scene,
        checkpoint: str,
        units: str | None = None,
    ) -> 'Radiometry':
        """That of a checkpoint's card for a scene with its bands.

        Args:
            units (str, optional): Units of the scene's values, if stated.

        Raises:
            InputError: If the scene's numbers are not what the card states.
        """
        about = describe_values([scene], units)
        stretched = card.get('stretch') or {}
        physical = card['values'] == 'physical'
        limits = None
        mode = stretched.get('mode')
        if physical:
            _require(about, card, 'units', scene, checkpoint)
        elif mode == 'none':
            _require(about, card, 'stored_units', scene, checkpoint)
            limits = full_range(scene)
        elif mode == 'scene':
            limits = find_stretches([scene], mode).scenes[scene.name].limits
        elif stretched.get('low') is None:
            raise InputError(
                f'{checkpoint}: was trained on scenes whose numbers had '
                'several scales, and does not state its stretch; train with '
                "values='physical', or on scenes of one scale"
            )
        else:
            wanted = dict(card, units=stretched.get('units'))
            _require(about, wanted, 'units', scene, checkpoint)
            low, high = (np.array(stretched[k]) for k in ('low', 'high'))
            limits = stored_limits(scene, low, high)
        mean = np.array(card.get('band_mean') or [0.0] * len(scene.bands))
        return cls(limits, scene.factors(), mean)

    def apply(
        self, pixels: NDArray[Any], valid: NDArray[np.bool_] | None
    ) -> NDArray[np.float32]:
        """What the network sees of pixels (C, h, w), before mean and std."""
        if self.limits is not None:
            return stretch(pixels, *self.limits).astype(np.float32)
        values = to_values(pixels, *self.factors)
        if valid is not None:
            mean = self.mean.astype(np.float32)[:, None, None]
            values = np.where(valid, values, mean)
        return values


def _require(
    about: Mapping[str, Any],
    card: Mapping[str, Any],
    key: str,
    scene: Scene,
    checkpoint: str,
) -> None:
    if about[key] != card.get(key):
        raise InputError(
            f'{scene.files[0]}: its pixels are {about[key]}, those that '
            f'{checkpoint} was trained on {card.get(key)}; state them with '
            '--scale, --offset or --units, or give scenes like those'
        )
