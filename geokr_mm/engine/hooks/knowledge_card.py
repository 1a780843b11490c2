"""Facts about the index, stored in the checkpoints of a run."""

from typing import Any

from mmengine.hooks import Hook
from mmengine.runner import Runner

from geokr_mm.engine.model import training_set, unwrapped
from geokr_mm.export.card import plain
from geokr_mm.registry import HOOKS
from geokr_mm.version import __version__


@HOOKS.register_module()
class KnowledgeCardHook(Hook):
    """Stores the configuration and facts about the index.

    They lie under ``meta['geokr']`` of each checkpoint, as plain types;
    ``tools/export_backbone.py`` turns them into the card of a backbone file.
    """

    def before_save_checkpoint(
        self, runner: Runner, checkpoint: dict[str, Any]
    ) -> None:
        """Add the facts to a checkpoint that is about to be written."""
        checkpoint['meta']['geokr'] = dict(
            version=__version__,
            config=plain(runner.cfg.to_dict()),
            **self._knowledge(runner),
            **self._normalisation(runner),
        )

    def _knowledge(self, runner: Runner) -> dict[str, Any]:
        card = getattr(training_set(runner), 'card', None)
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
