"""Weights, gradients and optimiser of a run spread over its processes."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from mmengine._strategy.fsdp import FSDPStrategy
from mmengine.dist import is_main_process
from torch import nn
from torch.distributed.fsdp import (
    FullOptimStateDictConfig,
    FullStateDictConfig,
    FullyShardedDataParallel,
)

from geokr_mm.errors import InputError
from geokr_mm.files import sha256_of, sum_file, write_sum, written_whole
from geokr_mm.models.sensor_stems import SensorStems

# What torch puts into names, for a piece and for recomputed activations.
WRAPPERS = re.compile(r'_(fsdp|checkpoint)_wrapped_module\.')


class ShardedStrategy(FSDPStrategy):
    """mmengine's strategy for FSDP, for a student and its teachers.

    Both are cut alike, so that each process moves its piece of a teacher
    towards its piece of the student. Checkpoints are whole files, as those of
    any run: ``export_backbone.py`` reads them, and other runs start from them.

    Args:
        watch (Callable): Called with the model, before it is cut, and with
            whether its weights are initialised.
        **kwargs: Of :class:`mmengine._strategy.fsdp.FSDPStrategy`.
    """

    def __init__(
        self, watch: Callable[[nn.Module, bool], None], **kwargs: Any
    ) -> None:
        on_gpu = torch.cuda.is_available()
        kwargs.setdefault(
            'state_dict_cfg',
            dict(
                state_dict_type='FULL_STATE_DICT',
                # torch 2.13 crashes where it moves a CPU's weights to it.
                state_dict_config=FullStateDictConfig(on_gpu, on_gpu),
                optim_state_dict_config=FullOptimStateDictConfig(
                    on_gpu, on_gpu
                ),
            ),
        )
        super().__init__(**kwargs)
        self._watch = watch
        self._built: Any = None

    def prepare(
        self, model: Any, *, optim_wrapper: Any = None, **kwargs: Any
    ) -> Any:
        """Build, initialise and cut the model, and build what trains it."""
        self._built = optim_wrapper
        return super().prepare(model, optim_wrapper=optim_wrapper, **kwargs)

    def _init_model_weights(self, model: nn.Module) -> nn.Module:
        self._watch(model, False)
        model = super()._init_model_weights(model)
        self._watch(model, True)
        return model

    def _wrap_model(self, model: nn.Module) -> nn.Module:
        if isinstance(getattr(model, 'backbone', None), SensorStems):
            raise InputError(
                'model.backbone: SensorStems does not work with '
                'ShardedRunner; leave runner_type out'
            )
        model = self.convert_model(model)
        self._names = {id(p): name for name, p in model.named_parameters()}
        if self._built is not None:
            # Names and shapes choose rates and decays; pieces have others.
            self._built = super().build_optim_wrapper(self._built, model)
        units = {id(unit) for unit in units_of(model)}
        wrapper: dict[str, Any] = dict(
            getattr(self, 'model_wrapper', None) or {}
        )
        wrapper.setdefault('type', 'MMFullyShardedDataParallel')
        wrapper.setdefault(
            'auto_wrap_policy',
            # torch goes down everywhere, and then looks at each.
            lambda module, recurse, **_: recurse or id(module) in units,
        )
        if not torch.cuda.is_available():
            wrapper['device_id'] = torch.device('cpu')
        self.model_wrapper = wrapper
        return super()._wrap_model(model)

    def build_optim_wrapper(
        self, optim_wrapper: Any, model: nn.Module | None = None
    ) -> Any:
        """Let the optimiser train this process's pieces.

        Gradients are clipped by their norm over all processes.
        """
        assert model is not None
        pieces = {
            WRAPPERS.sub('', name): piece
            for name, piece in model.named_parameters()
        }
        built = self._built
        for group in built.optimizer.param_groups:
            group['params'] = [
                pieces[self._names[id(whole)]] for whole in group['params']
            ]
        if getattr(built, 'clip_func', None) is nn.utils.clip_grad_norm_:
            built.clip_func = lambda _, **given: self.model.clip_grad_norm_(
                **given
            )
        return built

    def save_checkpoint(self, filename: str, **kwargs: Any) -> None:
        """Gather the state in the first process, which writes it whole."""
        path = Path(filename)
        if not is_main_process():
            super().save_checkpoint(filename, **kwargs)
            return
        with written_whole(path) as draft:
            super().save_checkpoint(str(draft), **kwargs)
            digest = sha256_of(draft)
            sum_file(path).unlink(missing_ok=True)
        write_sum(path, digest)

    def optim_state_dict(self) -> dict[str, Any]:
        """State of the whole optimiser, by names of weights."""
        found: dict[str, Any] = FullyShardedDataParallel.optim_state_dict(
            self.model, self.optim_wrapper.optimizer
        )
        return found

    def load_optim_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Load this process's piece."""
        optimizer = self.optim_wrapper.optimizer
        # mmengine gives them in the order of torch 2.0.
        own = FullyShardedDataParallel.optim_state_dict_to_load(
            self.model, optimizer, state_dict
        )
        optimizer.load_state_dict(own)


def units_of(model: Any) -> Iterator[nn.Module]:
    """Modules that are gathered one at a time.

    They are backbones, the members of their lists of layers, necks and
    heads, of student and teacher, and the networks of further teachers.
    """
    networks = [model]
    teacher = getattr(model, 'teacher', None)
    if teacher is not None:
        networks.append(teacher)
    for network in networks:
        for name in ('backbone', 'neck', 'head'):
            part = getattr(network, name, None)
            if part is not None:
                yield part
    for term in getattr(model, 'terms', {}).values():
        for pair in getattr(term, 'teachers', list)():
            yield from pair
    for network in networks:
        for child in network.backbone.children():
            if isinstance(child, nn.ModuleList):
                yield from child
