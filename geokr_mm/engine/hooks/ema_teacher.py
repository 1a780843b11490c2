"""Moves the teacher after the optimiser step."""

import math
from collections.abc import Sequence
from typing import Any

from mmengine.hooks import Hook
from mmengine.runner import Runner

from geokr_mm.engine.model import accumulation, left_out, unwrapped
from geokr_mm.registry import HOOKS


class ReleasedSchedule:
    """When the published code moves its teacher: rarely.

    A step (counted from 1) moves the teacher where ``step % every == 1``;
    the first move keeps ``every`` at the first entry, each further move
    takes the next entry until the last, which stays. Entries are written
    for batches of 16 and scaled to the batch in use. The whole published
    run has 33 moves (``GeoKR/interface/interface_representation.py``).

    Args:
        entries (Sequence[int]): The list ``update_step`` of the published
            configuration.
        batch_size (int): Patches in a step, over all processes.
    """

    def __init__(self, entries: Sequence[int], batch_size: int) -> None:
        # Below 2 the rule never fires; only batches over 4,000 get there.
        self.entries = [max(2, int(e / batch_size * 16)) for e in entries]

    def moves(self, step: int) -> bool:
        """Whether the teacher moves after this step.

        Args:
            step (int): Number of the optimiser step, from 1.
        """
        return step % self._every(step) == 1

    def _every(self, step: int) -> int:
        """The entry in force at a step, found without a memory of moves."""
        every, moved_at = self.entries[0], 0
        for following in self.entries:
            # The first step after the last move at which `every` fires.
            fires = moved_at // every * every + 1
            if fires <= moved_at:
                fires += every
            if step <= fires:
                return every
            every, moved_at = following, fires
        return every


@HOOKS.register_module()
class EMATeacherHook(Hook):
    """Moves the teacher of a GeoKR model once the student has stepped.

    Args:
        momentum (float): Share of the teacher that is kept at a move, in
            [0, 1). Defaults to 0.99; the published code has 0.95.
        interval (int): Optimiser steps between moves.
        buffers (bool): Whether batch-norm statistics are averaged too.
            Defaults to True; the published code leaves them out.
        released_steps (Sequence[int], optional): Use
            :class:`ReleasedSchedule` with this list in place of
            ``interval``.
    """

    # Above CheckpointHook (VERY_LOW), so that a checkpoint holds the teacher
    # that belongs to the student beside it.
    priority = 'NORMAL'

    def __init__(
        self,
        momentum: float = 0.99,
        interval: int = 1,
        buffers: bool = True,
        released_steps: Sequence[int] | None = None,
    ) -> None:
        if not 0 <= momentum < 1:
            raise ValueError(f'momentum must be in [0, 1), got {momentum}')
        if interval < 1:
            raise ValueError(f'interval must be 1 or more, got {interval}')
        self.momentum = momentum
        self.interval = interval
        self.buffers = buffers
        self.released_steps = released_steps
        self._schedule: ReleasedSchedule | None = None

    def first_move(self, runner: Runner) -> int:
        """Iteration, from 1, after which the teacher first moves.

        Args:
            runner (Runner): With an optimiser.
        """
        # A released schedule moves it after the first step.
        first = 1 if self.released_steps is not None else self.interval
        iteration = first * accumulation(runner)
        if first <= math.ceil(runner.max_iters / accumulation(runner)):
            # The optimiser steps after the last iteration in any case.
            return min(iteration, runner.max_iters)
        return iteration

    def before_train(self, runner: Runner) -> None:
        """Read batch size and step counting from the runner."""
        self._accumulation = accumulation(runner)
        if self.released_steps is not None:
            batch = (
                runner.train_dataloader.batch_size
                * runner.world_size
                * self._accumulation
            )
            self._schedule = ReleasedSchedule(self.released_steps, batch)

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: dict[str, Any] | None = None,
        outputs: dict[str, Any] | None = None,
    ) -> None:
        """Move the teacher if the schedule is due."""
        done = runner.iter + 1
        # The optimiser steps after the last iteration in any case.
        if done % self._accumulation and done != runner.max_iters:
            return
        if left_out(runner):
            return
        step = math.ceil(done / self._accumulation)
        if self._schedule is not None:
            due = self._schedule.moves(step)
        else:
            due = step % self.interval == 0
        if not due:
            return
        model = unwrapped(runner)
        if getattr(model, 'teacher', None) is not None:
            model.teacher.follow(model, self.momentum, self.buffers)
