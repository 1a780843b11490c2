"""How fast a run is, and where its time goes."""

import resource
import sys
import time
from collections import deque
from pathlib import Path
from typing import Any

import torch
from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmengine.runner import Runner
from torch.profiler import ProfilerActivity, profile, record_function, schedule

from geokr_mm.engine.model import unwrapped
from geokr_mm.engine.stopwatch import Stopwatch
from geokr_mm.registry import HOOKS


@HOOKS.register_module()
class SpeedHook(Hook):
    """Adds the speed of the last steps to every line of the log.

    ``images_per_second`` counts the patches of all processes. ``waiting`` and
    ``teacher`` are shares of the time, 0 to 1: until data were there, and of
    the teacher's outputs and moves. ``memory`` is the most that the process
    has held, in MB; with a GPU it is mmengine's, of the GPU.

    Args:
        steps (int): How many the numbers are of.
    """

    # Between what acts after a step and LoggerHook (BELOW_NORMAL, 60).
    priority = 55

    def __init__(self, steps: int = 20) -> None:
        # Patches, and seconds: in all, waiting, of the teacher.
        self._last: deque[tuple[float, ...]] = deque(maxlen=steps)
        self._watch: Stopwatch | None = None
        self._begin = self._loaded = 0.0

    def before_train(self, runner: Runner) -> None:
        """Time the teacher, if there is one."""
        model = unwrapped(runner)
        teacher = getattr(model, 'teacher', None)
        if teacher is not None and hasattr(teacher, 'timer'):
            gpu = next(model.parameters()).device.type == 'cuda'
            teacher.timer = self._watch = Stopwatch('teacher', gpu)

    def before_train_epoch(self, runner: Runner) -> None:
        """Leave out what was between two epochs."""
        self._begin = time.perf_counter()

    def after_val(self, runner: Runner) -> None:
        """Leave out a validation between two steps."""
        self._begin = time.perf_counter()

    def before_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None
    ) -> None:
        """The batch is there."""
        self._loaded = time.perf_counter()

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: Any = None,
        outputs: Any = None,
    ) -> None:
        """Write the numbers of the last steps."""
        now = time.perf_counter()
        teacher = self._watch.taken() if self._watch is not None else 0.0
        begin, self._begin = self._begin, now
        patches = len(data_batch['data_samples']) * runner.world_size
        self._last.append(
            (patches, now - begin, self._loaded - begin, teacher)
        )
        patches, seconds, waiting, teacher = (
            sum(column) for column in zip(*self._last, strict=True)
        )
        found = dict(
            images_per_second=patches / seconds, waiting=waiting / seconds
        )
        if self._watch is not None:
            found['teacher'] = teacher / seconds
        if not torch.cuda.is_available():
            found['memory'] = _memory()
        for name, value in found.items():
            runner.message_hub.update_scalar(f'train/{name}', value)


def _memory() -> int:
    """Most memory that this process has held, MB."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most // (2**20 if sys.platform == 'darwin' else 2**10)


@HOOKS.register_module()
class ProfileHook(Hook):
    """Writes where the time of some steps goes, into the work folder.

    ``profile.txt`` is a table of operations; ``profile.json`` is a trace for
    https://ui.perfetto.dev or chrome://tracing.

    Args:
        skip (int): Steps before, which are slower.
        steps (int): Steps that count; fewer if the run ends before.
    """

    def __init__(self, skip: int = 5, steps: int = 10) -> None:
        self.skip, self.steps = skip, steps

    def before_train(self, runner: Runner) -> None:
        """Begin."""
        self._profile = None
        if not is_main_process():
            return
        left = runner.max_iters - runner.iter
        skip = min(self.skip, left - 1)
        kinds = [ProfilerActivity.CPU]
        if torch.cuda.is_available():
            kinds.append(ProfilerActivity.CUDA)
        self._runner = runner
        self._profile = profile(
            activities=kinds,
            schedule=schedule(
                wait=max(0, skip - 1),
                warmup=min(1, skip),
                active=min(self.steps, left - skip),
                repeat=1,
            ),
            on_trace_ready=self._write,
        )
        self._profile.start()
        self._wait()

    def before_train_iter(self, runner: Runner, *_: Any, **__: Any) -> None:
        """The batch is there."""
        if self._profile is not None:
            self._waiting.__exit__(None, None, None)

    def after_train_iter(self, runner: Runner, *_: Any, **__: Any) -> None:
        """A step is over."""
        if self._profile is not None:
            self._profile.step()
            self._wait()

    def after_train(self, runner: Runner) -> None:
        """End, if the run did before."""
        if self._profile is not None:
            self._waiting.__exit__(None, None, None)
            self._profile.stop()

    def _wait(self) -> None:
        self._waiting = record_function('waiting for data')
        self._waiting.__enter__()

    def _write(self, found: profile) -> None:
        folder = Path(self._runner.work_dir)
        place = 'cuda' if torch.cuda.is_available() else 'cpu'
        table = found.key_averages().table(f'self_{place}_time_total', 60)
        (folder / 'profile.txt').write_text(table + '\n')
        found.export_chrome_trace(str(folder / 'profile.json'))
        self._runner.logger.info(
            f'wrote {folder}/profile.txt and profile.json'
        )
