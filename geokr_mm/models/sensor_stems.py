"""One network for several sensors: a stem for each, the rest shared."""

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from mmengine.model import BaseDataPreprocessor, BaseModule, ModuleDict
from mmpretrain.structures import DataSample
from torch import Tensor, nn

from geokr_mm.registry import MODELS

from .first_convolution import first_convolution, for_bands
from .step import Features

Config = dict[str, Any]


class Stem(BaseModule):
    """First convolutions by sensor, in the place of one.

    Args:
        conv (nn.Conv2d): The convolution that it replaces.
        sensors (Mapping[str, int]): Number of bands of each sensor.
    """

    def __init__(self, conv: nn.Conv2d, sensors: Mapping[str, int]) -> None:
        super().__init__()
        self.by_sensor = ModuleDict(
            {name: for_bands(conv, bands) for name, bands in sensors.items()}
        )
        self.sensor = next(iter(sensors))

    def forward(self, inputs: Tensor) -> Tensor:
        """Apply the convolution of the sensor in use."""
        output: Tensor = self.by_sensor[self.sensor](inputs)
        return output


@MODELS.register_module()
class SensorStems(BaseModule):
    """A backbone with a first convolution for each sensor.

    All images of a batch are of one sensor, see
    :class:`geokr_mm.SensorSampler`. :class:`GeoKR` selects it.

    Args:
        sensors (dict[str, int]): Number of bands of each sensor. The first
            is in use until another is selected.
        trunk (dict): Any mmpretrain backbone.
        init_cfg (dict, optional): See :class:`mmengine.model.BaseModule`.
    """

    def __init__(
        self,
        sensors: dict[str, int],
        trunk: Config,
        init_cfg: Config | None = None,
    ) -> None:
        super().__init__(init_cfg)
        self.trunk = MODELS.build(copy.deepcopy(trunk))
        place, conv = first_convolution(self.trunk)
        parent, _, name = place.rpartition('.')
        stem = Stem(conv, sensors)
        setattr(self.trunk.get_submodule(parent), name, stem)

    @property
    def stem(self) -> Stem:
        """The first convolutions, in their place in the trunk."""
        return next(m for m in self.trunk.modules() if isinstance(m, Stem))

    @property
    def sensors(self) -> dict[str, int]:
        """Number of bands of each sensor."""
        convs = self.stem.by_sensor.items()
        return {name: conv.in_channels for name, conv in convs}

    def select(self, sensor: str) -> None:
        """Choose the sensor of the images that follow.

        Raises:
            ValueError: If there is no stem for it.
        """
        if sensor not in self.sensors:
            raise ValueError(
                f'no stem for sensor {sensor!r}; model.backbone.sensors has '
                f'{", ".join(self.sensors)}'
            )
        self.stem.sensor = sensor

    def forward(self, inputs: Tensor) -> Features:
        """Features of images (B, C, H, W) of the selected sensor."""
        feats: Features = self.trunk(inputs)
        return feats

    def get_layer_depth(
        self, param_name: str, prefix: str = ''
    ) -> tuple[int, int]:
        """Depth of a parameter, for layer-wise rates."""
        depth: tuple[int, int] = self.trunk.get_layer_depth(
            param_name, f'{prefix}trunk.'
        )
        return depth


@MODELS.register_module()
class SensorDataPreprocessor(BaseDataPreprocessor):
    """A data preprocessor for each sensor.

    Args:
        sensors (dict[str, dict]): By sensor, such as a
            :class:`BandDataPreprocessor`.
    """

    def __init__(self, sensors: dict[str, Config]) -> None:
        super().__init__()
        self.sensors = nn.ModuleDict(
            {name: MODELS.build(cfg) for name, cfg in sensors.items()}
        )

    def forward(self, data: Config, training: bool = False) -> Any:
        """Prepare a batch by the preprocessor of its sensor."""
        return self.sensors[sensor_of(data['data_samples'])](data, training)


def select_sensor(model: nn.Module, samples: Sequence[DataSample]) -> None:
    """Select the sensor of a batch in the student's and teacher's stems."""
    for module in model.modules():
        if isinstance(module, SensorStems):
            module.select(sensor_of(samples))


def sensor_of(samples: Sequence[DataSample]) -> str:
    """The sensor of a batch, which :class:`geokr_mm.SensorDataset` states.

    Raises:
        ValueError: If samples state none, or several.
    """
    found = {sample.get('sensor') for sample in samples}
    if len(found) != 1 or None in found:
        raise ValueError(
            f'a batch of the sensors {sorted(map(str, found))}; take '
            'geokr_mm.SensorDataset, and geokr_mm.SensorSampler with the '
            'batch_size of the loader'
        )
    return str(found.pop())
