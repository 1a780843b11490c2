"""The card that ties model and index: checked, then kept in checkpoints."""

from typing import Any

from mmengine.hooks import Hook
from mmengine.runner import Runner
from torch import nn

from geokr_mm.engine.model import unwrapped
from geokr_mm.errors import InputError
from geokr_mm.registry import HOOKS
from geokr_mm.version import __version__


@HOOKS.register_module()
class KnowledgeCardHook(Hook):
    """Checks that model and index fit, stores what the index taught.

    The facts lie under ``meta['geokr']`` of each checkpoint, as plain types;
    ``tools/export_backbone.py`` turns them into the card of a backbone file.
    """

    def before_train(self, runner: Runner) -> None:
        """Stop before the first step if bands or classes do not fit.

        Raises:
            InputError: Names the bands or classes on both sides.
        """
        card = self._knowledge(runner)
        if not card:
            return
        model = unwrapped(runner)
        bands, legend = card['bands'], card['legend']
        convolution = next(
            (m for m in model.backbone.modules() if isinstance(m, nn.Conv2d)),
            None,
        )
        if convolution is not None and convolution.in_channels != len(bands):
            raise InputError(
                f'the backbone takes {convolution.in_channels} bands, the '
                f'dataset gives {len(bands)}: {", ".join(bands)}; set `bands` '
                'of the dataset or `in_channels` of the backbone'
            )
        classes = getattr(model.head, 'num_classes', len(legend))
        if classes != len(legend):
            raise InputError(
                f'the head predicts {classes} classes, the index has '
                f'{len(legend)}: {", ".join(legend)}; set '
                f'model.head.num_classes={len(legend)} or build the index '
                'with another --legend'
            )

    def before_save_checkpoint(
        self, runner: Runner, checkpoint: dict[str, Any]
    ) -> None:
        """Add the facts to a checkpoint that is about to be written."""
        checkpoint['meta']['geokr'] = dict(
            version=__version__,
            **self._knowledge(runner),
            **self._normalisation(runner),
        )

    def _knowledge(self, runner: Runner) -> dict[str, Any]:
        dataset = runner.train_dataloader.dataset
        while hasattr(dataset, 'dataset'):
            dataset = dataset.dataset
        card = getattr(dataset, 'card', None)
        return {} if card is None else dict(card)

    def _normalisation(self, runner: Runner) -> dict[str, list[float] | None]:
        model = unwrapped(runner)
        preprocessor = model.data_preprocessor
        values: dict[str, list[float] | None] = {}
        for name in ('mean', 'std'):
            tensor = getattr(preprocessor, name, None)
            values[name] = (
                None
                if tensor is None
                else [float(v) for v in tensor.flatten()]
            )
        return values
