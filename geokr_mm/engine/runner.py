"""A runner whose console shows what matters before the first step."""

import logging
from collections import Counter
from typing import Any

import torch
from mmengine.logging import MMLogger
from mmengine.optim import OptimWrapper
from mmengine.runner import Runner

from .fast_steps import compile_backbones, fuse, keep_layout, lay_out
from .loops import exact_loop
from .model import unwrapped

# Starts of long lists, one record or one for each parameter.
LISTS = (
    '\n' + '-' * 60 + '\nSystem environment:',
    'Config:\n',
    'Hooks will be executed in the following order:',
    'paramwise_options -- ',
)
# A warning of mmengine for each parameter that is not trained.
FROZEN = ' is skipped since its requires_grad=False'
# Groups of parameters that the console shows.
MOST = 4


class WithoutLists(logging.Filter):
    """Keeps lists off the console; :class:`ShortLogRunner` sums them up."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a record is shown."""
        text = str(record.msg)
        return not (text.startswith(LISTS) or text.endswith(FROZEN))


def shorten(logger: logging.Logger) -> None:
    """Keep lists off the console of a logger."""
    for handler in logger.handlers:
        if not isinstance(handler, logging.FileHandler):
            handler.addFilter(WithoutLists())


class ShortLogRunner(Runner):
    """Writes mmengine's lists to the log file only, and sums them up.

    They are system, config, hooks, and a line or two for each parameter. Its
    training loops are those of :mod:`.loops`, its steps :mod:`.fast_steps`;
    channels are last where a config has ``channels_last = True``, since
    compiled operators of mmcv want them first.
    """

    def build_train_loop(self, loop: Any) -> Any:
        """Build a training loop that goes on exactly."""
        if isinstance(loop, dict):
            loop = exact_loop(loop)
        return super().build_train_loop(loop)

    def build_logger(self, *args: Any, **kwargs: Any) -> MMLogger:
        """Build the logger, with less on the console."""
        logger = super().build_logger(*args, **kwargs)
        shorten(logger)
        return logger

    def _log_env(self, env_cfg: Any) -> None:
        super()._log_env(env_cfg)
        gpus = torch.cuda.is_available()
        device = torch.cuda.get_device_name() if gpus else 'the CPU'
        self.logger.info(
            f'torch {torch.__version__}, {self.world_size} x {device}, '
            f'seed {self.seed}; system, config and hooks are in '
            f'{self.logger.log_file}'
        )

    def wrap_model(self, wrapper: Any, model: Any) -> Any:
        """Lay out the weights before processes share them."""
        lay_out(model, self.cfg.get('channels_last', False))
        return super().wrap_model(wrapper, model)

    def _init_model_weights(self) -> None:
        """Draw the same weights in either layout."""
        lay_out(self.model, False)
        super()._init_model_weights()
        lay_out(self.model, self.cfg.get('channels_last', False))

    def _maybe_compile(self, target: str) -> None:
        """Compile the backbones in place of a whole step."""
        options = self.cfg.get('compile')
        if options and compile_backbones(
            unwrapped(self), {} if options is True else dict(options)
        ):
            self.logger.info('backbones are compiled: the first steps wait')
        else:
            super()._maybe_compile(target)

    def build_optim_wrapper(self, optim_wrapper: Any) -> Any:
        """Build the optimiser, and sum up what it trains."""
        if isinstance(optim_wrapper, dict):
            fuse(optim_wrapper.get('optimizer'))
        built = super().build_optim_wrapper(optim_wrapper)
        if built is not optim_wrapper:
            frozen = Counter(
                name.split('.')[0]
                for name, tensor in unwrapped(self).named_parameters()
                if not tensor.requires_grad
            )
            if frozen:
                self.logger.info(f'not trained: {_counted(frozen)}')
            if isinstance(built, OptimWrapper):
                keep_layout(built.optimizer)
                self.logger.info(_groups(built.optimizer))
        return built


def _groups(optimizer: torch.optim.Optimizer) -> str:
    """Rates and weight decays, with the number of tensors of each."""
    found: Counter[str] = Counter()
    for group in optimizer.param_groups:
        words = f'lr {group["lr"]:g}'
        if 'weight_decay' in group:
            words += f', weight decay {group["weight_decay"]:g}'
        found[words] += len(group['params'])
    return f'{type(optimizer).__name__}: {_counted(found)}'


def _counted(found: Counter[str]) -> str:
    shown = [f'{name} ({n} tensors)' for name, n in found.most_common(MOST)]
    if len(found) > MOST:
        shown.append(f'{len(found) - MOST} others in the log file')
    return '; '.join(shown)
