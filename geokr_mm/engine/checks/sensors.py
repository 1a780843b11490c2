"""Whether the parts of a model know the sensors of the data."""

from typing import Any

from geokr_mm.errors import InputError


def check_sensors(model: Any, card: Any) -> None:
    """Compare sensors and their bands in model and data.

    Args:
        model (nn.Module): Without the wrapper of distributed training.
        card (dict): Of a :class:`geokr_mm.SensorDataset`.

    Raises:
        InputError: Names both sides and the setting to correct.
    """
    stems = getattr(model.backbone, 'sensors', None)
    normalised = getattr(model.data_preprocessor, 'sensors', None)
    for known, setting, kind in (
        (stems, 'backbone', 'SensorStems'),
        (normalised, 'data_preprocessor', 'SensorDataPreprocessor'),
    ):
        if known is None or set(known) != set(card['sensors']):
            raise InputError(
                f'model.{setting} is for the sensors '
                f'{", ".join(known or ()) or "(none)"}, the data have '
                f'{", ".join(card["sensors"])}; write '
                f"dict(type='geokr_mm.{kind}', sensors=...) with the latter"
            )
    for name, own in card['sensors'].items():
        bands = own['bands']
        mean = getattr(normalised[name], 'mean', None)
        counts = {
            f'backbone.sensors.{name}': stems[name],
            f'data_preprocessor.sensors.{name}.mean': len(bands)
            if mean is None
            else mean.numel(),
        }
        for setting, count in counts.items():
            if count != len(bands):
                raise InputError(
                    f'model.{setting} is for {count} bands, the dataset '
                    f'gives {len(bands)}: {", ".join(bands)}'
                )
