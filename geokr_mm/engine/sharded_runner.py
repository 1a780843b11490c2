"""A runner of models that are too large for one device."""

import copy
from typing import Any

from mmengine.runner import FlexibleRunner
from torch import nn

from geokr_mm.errors import InputError
from geokr_mm.registry import RUNNERS

from .fast_steps import fuse
from .hooks import DurableCheckpointHook
from .loops import exact_loop
from .runner import shorten
from .sharded_strategy import ShardedStrategy


@RUNNERS.register_module()
class ShardedRunner(FlexibleRunner):
    """Spreads weights, gradients and optimiser over the processes of a run.

    ``runner_type='geokr_mm.ShardedRunner'`` in a config is all it takes, with
    any transformer. ``strategy`` holds arguments of
    :class:`.ShardedStrategy`, such as ``activation_checkpointing``.

    Attributes:
        whole (nn.Module): The model before it was cut, without its values,
            for names and shapes of weights.
    """

    whole: nn.Module
    _has_begun = False

    def build_strategy(
        self,
        strategy: dict[str, Any] | None = None,
        launcher: str = 'none',
        randomness: dict[str, Any] | None = None,
        env_cfg: dict[str, Any] | None = None,
        experiment_name: str | None = None,
        log_level: str | None = None,
    ) -> ShardedStrategy:
        """Build the strategy.

        Raises:
            InputError: If there is one process.
        """
        if launcher == 'none':
            raise InputError(
                'runner_type: ShardedRunner spreads a model over processes '
                'and there is one; start with python -m '
                'torch.distributed.run --nproc_per_node=N tools/train.py ... '
                '--launcher pytorch'
            )
        built = ShardedStrategy(
            self._watch,
            sync_bn=self.cfg.get('sync_bn'),
            work_dir=self._work_dir,
            experiment_name=experiment_name,
            auto_scale_lr=self._auto_scale_lr,
            env_kwargs=dict(
                launcher=launcher, randomness=randomness, **(env_cfg or {})
            ),
            log_kwargs=dict(log_level=log_level),
            **(strategy or {}),
        )
        shorten(built.logger)
        return built

    def build_train_loop(self, loop: Any) -> Any:
        """Build a training loop that goes on exactly."""
        if isinstance(loop, dict):
            loop = exact_loop(loop)
        return super().build_train_loop(loop)

    def train(self) -> nn.Module:
        """Train."""
        if isinstance(self.optim_wrapper, dict):
            fuse(self.optim_wrapper.get('optimizer'))
        model: nn.Module = super().train()
        return model

    def load_or_resume(self) -> None:
        """Load the checkpoint that the run goes on from."""
        for hook in self.hooks:
            if isinstance(hook, DurableCheckpointHook):
                hook.before_run(self)
        super().load_or_resume()

    def call_hook(self, fn_name: str, **kwargs: Any) -> None:
        """Call all hooks; those before a run have seen the whole model."""
        if fn_name == 'before_run' and self._has_begun:
            return
        super().call_hook(fn_name, **kwargs)

    def _watch(self, model: nn.Module, is_initialised: bool) -> None:
        """Let hooks see the model before it is cut."""
        self.model = model
        if not is_initialised:
            super().call_hook('before_run')
            self._has_begun = True
        else:
            # Of our hooks.
            super().call_hook('after_init')
            self.whole = copy.deepcopy(model).to('meta')
