"""Starts the backbone from the images, before the first step."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from mmengine.dist import broadcast
from mmengine.hooks import Hook
from mmengine.logging import print_log
from mmengine.runner import Runner
from torch import Tensor, nn

from geokr_mm.engine.model import unwrapped
from geokr_mm.errors import InputError
from geokr_mm.models.branches import scale_branches
from geokr_mm.models.whitening import whiten_backbone
from geokr_mm.registry import HOOKS

BATCH = 32


@HOOKS.register_module()
class WhiteningHook(Hook):
    """Starts the backbone by :func:`.whiten_backbone`.

    It looks at views as the network will see them, of patches spread evenly
    over the training set. Weights that come from a file stay, those of a
    resumed run among them.

    Args:
        images (int): Patches to look at. Defaults to 256.
        pairs (bool): See :func:`.whiten_backbone`. Defaults to True.
        branch_scale (float): Factor on the residual branches of a ResNet,
            see :func:`.scale_branches`. Defaults to 1, as the backbone has
            them.

    Raises:
        ValueError: If ``images`` is below 1, or ``branch_scale`` below 0.
    """

    def __init__(
        self,
        images: int = 256,
        pairs: bool = True,
        branch_scale: float = 1.0,
    ) -> None:
        if images < 1:
            raise ValueError(f'images must be 1 or more, got {images}')
        if branch_scale < 0:
            raise ValueError(
                f'branch_scale must be 0 or more, got {branch_scale}'
            )
        self.images = images
        self.pairs = pairs
        self.branch_scale = branch_scale

    def before_train(self, runner: Runner) -> None:
        """Set the filters, the same ones in every process.

        Raises:
            InputError: If the backbone has no plain first convolution, the
                images do not vary, or there are no branches to scale.
        """
        model = unwrapped(runner)
        if runner._has_loaded or _pretrained(model.backbone):
            print_log('not whitened: weights are from a file', 'current')
            return
        try:
            layers = whiten_backbone(
                model.backbone, list(self._views(runner)), self.pairs
            )
        except ValueError as error:
            raise InputError(
                f'{error}; take WhiteningHook out of custom_hooks'
            ) from None
        if self.branch_scale != 1:
            try:
                scale_branches(model.backbone, self.branch_scale)
            except ValueError as error:
                raise InputError(f'{error}; leave branch_scale out') from None
        print_log(f'whitened {len(layers)} layers', 'current')
        for tensor in model.backbone.state_dict().values():
            broadcast(tensor)
        if getattr(model, 'teacher_init', None) == 'copy' and (
            model.teacher is not None
        ):
            model.copy_student()

    def _views(self, runner: Runner) -> Iterator[Tensor]:
        """First views of some patches, normalised."""
        loader = runner.train_dataloader
        size = len(loader.dataset)
        rows = np.linspace(0, size - 1, min(self.images, size)).astype(int)
        for start in range(0, len(rows), BATCH):
            batch: Any = loader.collate_fn(
                [loader.dataset[int(n)] for n in rows[start : start + BATCH]]
            )
            inputs = unwrapped(runner).data_preprocessor(batch)['inputs']
            yield inputs if isinstance(inputs, Tensor) else inputs[0]


def _pretrained(backbone: nn.Module) -> bool:
    """Whether a backbone's weights come from a file."""
    start = getattr(backbone, 'init_cfg', None) or []
    rules = start if isinstance(start, list) else [start]
    return any(rule.get('type') == 'Pretrained' for rule in rules)
