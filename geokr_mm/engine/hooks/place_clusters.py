"""Sets the centres of location clusters from the index."""

from mmengine.hooks import Hook
from mmengine.runner import Runner

from geokr_mm.engine.model import training_set, unwrapped
from geokr_mm.models.terms import PlaceClusters
from geokr_mm.registry import HOOKS


@HOOKS.register_module()
class PlaceClustersHook(Hook):
    """Clusters the places of the patches in use, before the first step.

    Every rank computes the same centres from the same index. A resumed run
    has them from its checkpoint.
    """

    def before_train(self, runner: Runner) -> None:
        """Fit every :class:`geokr_mm.PlaceClusters` of the model."""
        dataset = training_set(runner)
        for module in unwrapped(runner).modules():
            if isinstance(module, PlaceClusters):
                module.fit(dataset.places_in_use())
