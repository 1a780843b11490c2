"""Whether the parts of a model know the sensors of the data."""

from typing import Any

from geokr_mm.errors import InputError

from .pixels import check_normalisation, check_pipeline


def check_sensors(model: Any, dataset: Any) -> None:
    """Compare sensors, their bands and normalisation in model and data.

    Args:
        model (nn.Module): Without the wrapper of distributed training.
        dataset (SensorDataset): Its training or test set.

    Raises:
        InputError: Names both sides and the setting to correct.
    """
    cards = dataset.card['sensors']
    stems = getattr(model.backbone, 'sensors', {})
    normalised = getattr(model.data_preprocessor, 'sensors', {})
    for known, setting, kind in (
        (stems, 'backbone', 'SensorStems'),
        (normalised, 'data_preprocessor', 'SensorDataPreprocessor'),
    ):
        if set(known) != set(cards):
            raise InputError(
                f'model.{setting} is for the sensors '
                f'{", ".join(known) or "(none)"}, the data have '
                f'{", ".join(cards)}; write '
                f"dict(type='geokr_mm.{kind}', sensors=...) with the latter"
            )
    for one, (name, card) in zip(dataset.datasets, cards.items(), strict=True):
        if stems[name] != len(card['bands']):
            raise InputError(
                f'model.backbone.sensors.{name} is for {stems[name]} bands, '
                f'the dataset gives {len(card["bands"])}: '
                f'{", ".join(card["bands"])}'
            )
        check_normalisation(normalised[name], card)
        check_pipeline(one)
