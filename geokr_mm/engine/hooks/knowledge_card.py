"""Writes into each checkpoint what its backbone was taught on."""

from typing import Any

from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner

from geokr_mm.registry import HOOKS
from geokr_mm.version import __version__


@HOOKS.register_module()
class KnowledgeCardHook(Hook):
    """Stores facts about index and inputs under ``meta['geokr']``.

    ``tools/export_backbone.py`` turns them into the card of a backbone file.
    Values are plain types, so the checkpoint loads with
    ``weights_only=True``.
    """

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Add the facts to a checkpoint that is about to be written."""
        checkpoint['meta']['geokr'] = dict(
            version=__version__,
            **self._knowledge(runner),
            **self._normalisation(runner))

    def _knowledge(self, runner: Runner) -> dict[str, Any]:
        dataset = runner.train_dataloader.dataset
        while hasattr(dataset, 'dataset'):
            dataset = dataset.dataset
        card = getattr(dataset, 'card', None)
        return {} if card is None else dict(card)

    def _normalisation(
            self, runner: Runner) -> dict[str, list[float] | None]:
        model = runner.model
        if is_model_wrapper(model):
            model = model.module
        preprocessor = model.data_preprocessor
        values: dict[str, list[float] | None] = {}
        for name in ('mean', 'std'):
            tensor = getattr(preprocessor, name, None)
            values[name] = (None if tensor is None else
                            [float(v) for v in tensor.flatten()])
        return values
