"""Builds the parts of a model, with the sizes that their configs leave out."""

import copy
import inspect
from functools import cached_property
from typing import Any

import torch
from torch import Tensor, nn

from geokr_mm.registry import MODELS

from .step import Features

Config = dict[str, Any]
# Side of the images by which channels are found, where the backbone is not
# built for another one.
SIDE = 224


class Parts:
    """Backbone, neck and head, and what reads them.

    ``in_channels`` of a part is the number of channels of what it reads,
    ``num_classes`` that of the head, unless its config states them.

    Args:
        backbone (dict): Config of the backbone.
        neck (dict, optional): Config of the neck.
        head (dict): Config of the head.

    Raises:
        ValueError: If the head needs ``num_classes`` and lacks it.
    """

    def __init__(
        self, backbone: Config, neck: Config | None, head: Config
    ) -> None:
        self._side = backbone.get('img_size', SIDE)
        self._num_classes = head.get('num_classes')
        self.backbone: nn.Module = MODELS.build(copy.deepcopy(backbone))
        self.neck: nn.Module | None = None
        self.neck = self.build(neck, after_neck=False)
        self.head: Any = self.build(head)

    def build(self, config: Config | None, after_neck: bool = True) -> Any:
        """Build a part.

        Args:
            config (dict, optional): Of the part; None stays None.
            after_neck (bool): Whether it reads the neck's outputs or the
                backbone's.
        """
        if config is None:
            return None
        config = copy.deepcopy(config)
        kind = _class_of(config)
        accepted = inspect.signature(kind).parameters if kind else {}
        if 'num_classes' in accepted and 'num_classes' not in config:
            if self._num_classes is None:
                raise ValueError(
                    'the head has no num_classes, the number of classes in '
                    'the index; tools/train.py reads it there, elsewhere '
                    'write model.head.num_classes'
                )
            config['num_classes'] = self._num_classes
        if 'in_channels' in accepted and 'in_channels' not in config:
            widths = self._widths[after_neck and self.neck is not None]
            if 'stages' in accepted:
                stages = config.get('stages', accepted['stages'].default)
                config['in_channels'] = [widths[n] for n in stages]
            elif getattr(kind, 'reads_all_stages', False):
                config['in_channels'] = widths
            else:
                config['in_channels'] = widths[-1]
        return MODELS.build(config)

    @property
    def _widths(self) -> tuple[list[int], list[int]]:
        """Channels of the outputs of backbone and neck."""
        feats = self._backbone_feats
        if self.neck is None:
            return _channels(feats), []
        return _channels(feats), _channels(_evaluated(self.neck, feats))

    @cached_property
    def _backbone_feats(self) -> Features:
        first = next(
            module
            for module in self.backbone.modules()
            if isinstance(module, nn.Conv2d)
        )
        image = torch.zeros(1, first.in_channels, self._side, self._side)
        return _evaluated(self.backbone, image)


def needs_of(config: Config) -> list[str]:
    """Keys of data samples that the parts of a GeoKR config read.

    Args:
        config (dict): Of the model.

    Returns:
        list[str]: Beside ``class_fractions`` and ``valid_fraction``.
    """
    names = ('head', 'correction', 'label_correction', 'selection')
    parts = [config.get(name) for name in names]
    parts += (config.get('terms') or {}).values()
    found: dict[str, None] = {}
    if config.get('student_views', 1) > 1:
        found = {'view_fractions': None, 'view_valid': None}
    for part in parts:
        needs = getattr(_class_of(part), 'needs', ()) if part else ()
        found.update(dict.fromkeys(needs))
    return list(found)


def _class_of(config: Config) -> Any:
    """The class that a config builds, None if there is none."""
    kind = config['type']
    if not isinstance(kind, str):
        return kind
    with MODELS.switch_scope_and_registry(None) as registry:
        return registry.get(kind)


@torch.no_grad()
def _evaluated(module: nn.Module, inputs: Any) -> Features:
    """Outputs in evaluation mode, which leaves all statistics alone."""
    training = module.training
    module.eval()
    outputs = module(inputs)
    module.train(training)
    return outputs


def _channels(feats: Features) -> list[int]:
    stages = [feats] if isinstance(feats, Tensor) else feats
    return [stage.shape[1] for stage in stages]
