"""Stops a run whose weights from a file did not load completely.

mmengine loads what fits, warns about the rest and trains on: a file with
another prefix means a random backbone and a result that looks merely poor. It
also executes a pickle when reading it as data fails.
"""

from collections.abc import Sequence
from typing import Any

import torch
from mmengine.hooks import Hook
from mmengine.model import BaseTTAModel
from mmengine.runner import Runner
from mmengine.runner.checkpoint import CheckpointLoader
from torch import Tensor

from geokr_mm.engine.checks import warn_of_pixels
from geokr_mm.engine.model import (
    loaded_file,
    training_set,
    trains,
    unwrapped,
)
from geokr_mm.engine.weights import (
    Comparison,
    Start,
    check_resumable,
    check_start,
    check_whole,
    some,
    starts_of,
)
from geokr_mm.errors import InputError
from geokr_mm.export.backbone import card_of
from geokr_mm.export.checkpoint import read_checkpoint
from geokr_mm.registry import HOOKS

# Classifiers that makers store with a backbone.
CLASSIFIERS = ('fc.', 'classifier.', 'head.')


@HOOKS.register_module()
class PretrainedGuardHook(Hook):
    """Checks every file of weights: ``init_cfg``, ``load_from``, resuming.

    The file of an ``init_cfg`` of type ``Pretrained`` is read as data before
    mmengine opens it, and names and shapes are compared with the module's;
    after initialisation every tensor is compared. A checkpoint of the whole
    model is compared before it is loaded. Works in any library of the
    OpenMMLab family. Of several such hooks the last acts, so one in
    ``custom_hooks`` replaces that in ``default_hooks``.

    Args:
        allow_unexpected (Sequence[str], optional): Starts of names that a
            file may have and the module may lack. Defaults to None: for
            ``init_cfg`` the classifiers that makers store with a backbone,
            for checkpoints of the whole model none.
        allow_missing (Sequence[str]): Starts of names that a file may lack
            or have in another shape, such as ``norm0.`` of a Swin backbone
            with more stages than in pre-training. They start fresh. In a
            test nothing may be missing.
    """

    priority = 'VERY_HIGH'

    def __init__(
        self,
        allow_unexpected: Sequence[str] | None = None,
        allow_missing: Sequence[str] = (),
    ) -> None:
        self.allow_unexpected = allow_unexpected
        self.allow_missing = tuple(allow_missing)
        self._expected: dict[str, dict[str, Tensor]] = {}
        self._logged: set[str] = set()

    def before_run(self, runner: Runner) -> None:
        """Compare names and shapes, before mmengine opens the file."""
        self._expected = {}
        # A test initialises nothing and loads its own checkpoint.
        if not self._acts(runner) or not trains(runner):
            return
        read: dict[str, dict[str, Any]] = {}
        for start in starts_of(unwrapped(runner)):
            # Addresses and model-zoo names are mmengine's to fetch.
            if '://' not in start.path:
                if start.path not in read:
                    content = read[start.path] = read_checkpoint(start.path)
                    warn_of_pixels(
                        card_of(content) or {},
                        start.path,
                        training_set(runner),
                    )
                self._check(runner, start, read[start.path])

    def after_load_checkpoint(
        self, runner: Runner, checkpoint: dict[str, Any]
    ) -> None:
        """Compare a checkpoint with the whole model, before it is loaded."""
        if not self._acts(runner):
            return
        model = getattr(runner, 'whole', None) or unwrapped(runner)
        if isinstance(model, BaseTTAModel):
            model = model.module
        path = loaded_file(runner)
        if runner._resume:
            check_resumable(checkpoint, path, hasattr(runner, 'whole'))
        found = check_whole(
            model,
            checkpoint,
            path,
            not trains(runner),
            self.allow_missing,
            self.allow_unexpected or (),
        )
        self._log(runner, path, 'the model', found)

    def before_train(self, runner: Runner) -> None:
        """Compare every tensor, once the weights are initialised."""
        # A ShardedRunner has cut them by now.
        if not runner._has_loaded and not hasattr(runner, 'whole'):
            self.after_init(runner)

    def after_init(self, runner: Runner) -> None:
        """Compare every tensor of a model that is whole."""
        if not self._acts(runner):
            return
        for start in starts_of(unwrapped(runner)):
            if start.name not in self._expected:
                content = CheckpointLoader.load_checkpoint(
                    start.path, map_location='cpu'
                )
                self._check(runner, start, content)
            expected = self._expected.pop(start.name)
            actual = start.module.state_dict()
            wrong = [
                key
                for key, tensor in expected.items()
                if not torch.equal(actual[key].cpu(), tensor)
            ]
            if wrong:
                raise InputError(
                    f'{start.path}: {start.title} does not hold the '
                    f"file's tensors after initialisation: {some(wrong)}; "
                    'look for what initialises them again'
                )
            runner.logger.info(
                f'{start.title}: all {len(expected)} tensors are those of '
                f'{start.path}'
            )

    def _acts(self, runner: Runner) -> bool:
        guards = [h for h in runner.hooks if isinstance(h, type(self))]
        return guards[-1] is self

    def _check(
        self, runner: Runner, start: Start, content: dict[str, Any]
    ) -> None:
        extra = self.allow_unexpected
        found, self._expected[start.name] = check_start(
            start,
            content,
            self.allow_missing,
            CLASSIFIERS if extra is None else extra,
        )
        self._log(runner, start.path, start.title, found)

    def _log(
        self, runner: Runner, path: str, title: str, found: Comparison
    ) -> None:
        """Log once for each file what was allowed to differ."""
        if path in self._logged:
            return
        self._logged.add(path)
        if found.absent:
            runner.logger.info(
                f'{title}: starts fresh, not from {path}: {some(found.absent)}'
            )
        if found.unexpected:
            runner.logger.info(
                f'{title}: leaves out of {path}: {some(found.unexpected)}'
            )
