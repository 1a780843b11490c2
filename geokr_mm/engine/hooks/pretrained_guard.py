"""Stops a run whose pre-trained part did not load completely.

mmengine loads what fits, warns about the rest and trains on. A file with
another prefix then means a random backbone and a result that looks merely
poor. It also runs what a pickle asks for when the safe way of reading fails.
"""

import copy
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from mmengine.hooks import Hook
from mmengine.model import PretrainedInit
from mmengine.runner import Runner
from mmengine.runner.checkpoint import CheckpointLoader
from torch import Tensor, nn

from geokr_mm.engine.model import unwrapped
from geokr_mm.errors import InputError
from geokr_mm.export.card import digest
from geokr_mm.export.checkpoint import read_checkpoint
from geokr_mm.registry import HOOKS

# How many names an error message lists.
SHOWN = 5


@HOOKS.register_module()
class PretrainedGuardHook(Hook):
    """Checks every module whose ``init_cfg`` says ``Pretrained``.

    Before mmengine opens the file, it is read as data only, and its names
    and shapes are compared with the module's. Once the weights are
    initialised, every tensor is compared with the file, unless a checkpoint
    has been loaded over them. Works in any library of the OpenMMLab family.

    Args:
        allow_unexpected (Sequence[str]): Starts of names that a file may
            have and the module may lack. Defaults to the classifiers that
            torchvision stores with a backbone.
        allow_missing (Sequence[str]): Starts of names that the module may
            have and a file may lack, such as ``norm0.`` of a Swin backbone
            that gives more stages than it did in pre-training. Defaults to
            none.
    """

    priority = 'VERY_HIGH'

    def __init__(
        self,
        allow_unexpected: Sequence[str] = ('fc.', 'classifier.'),
        allow_missing: Sequence[str] = (),
    ) -> None:
        self.allow_unexpected = tuple(allow_unexpected)
        self.allow_missing = tuple(allow_missing)
        self._loaded: dict[str, dict[str, Tensor]] = {}

    def before_run(self, runner: Runner) -> None:
        """Compare names and shapes, before mmengine opens the file."""
        self._loaded = {}
        # A test run builds no training loop and loads its own checkpoint.
        if isinstance(runner._train_loop, dict):
            return
        for name, module, init in _pretrained(unwrapped(runner)):
            path = str(init['checkpoint'])
            # Addresses and model-zoo names are mmengine's to fetch.
            if path.endswith('.safetensors'):
                raise InputError(
                    f'{path}: init_cfg reads .pth only; give '
                    'the .pth file that lies beside it'
                )
            if '://' not in path:
                content = read_checkpoint(path)
                self._loaded[name] = self._check(name, module, init, content)

    def before_train(self, runner: Runner) -> None:
        """Compare every tensor, once the weights are initialised."""
        if runner._load_from is not None or runner._resume:
            self._loaded = {}
            return
        for name, module, init in _pretrained(unwrapped(runner)):
            expected = self._loaded.pop(name, None)
            if expected is None:
                content = CheckpointLoader.load_checkpoint(
                    init['checkpoint'], map_location='cpu'
                )
                expected = self._check(name, module, init, content)
            actual = module.state_dict()
            wrong = [
                key
                for key, tensor in expected.items()
                if not torch.equal(actual[key].cpu(), tensor)
            ]
            if wrong:
                raise InputError(
                    f"{init['checkpoint']}: {name} does not hold the file's "
                    f'tensors after initialisation: {_some(wrong)}; look for '
                    'what initialises them again'
                )
            runner.logger.info(
                f'{name}: all {len(expected)} tensors are '
                f'those of {init["checkpoint"]}'
            )

    def _check(
        self,
        name: str,
        module: nn.Module,
        init: dict[str, Any],
        content: dict[str, Any],
    ) -> dict[str, Tensor]:
        """Load into a copy; return the state that the module must take."""
        path, prefix = init['checkpoint'], init.get('prefix')
        card = content.get('meta')
        card = card if isinstance(card, dict) else {}
        state = content.get('state_dict', content)
        if 'sha256' in card and digest(state) != card['sha256']:
            raise InputError(
                f'{path}: tensors differ from the checksum on '
                'the card, the file is damaged; copy it again'
            )
        state = {
            k.removeprefix('module.'): v
            for k, v in state.items()
            if isinstance(v, Tensor)
        }
        if prefix is not None:
            state = _below(state, prefix.rstrip('.') + '.', path)
        trial = copy.deepcopy(module)
        own = trial.state_dict()
        _match_shapes(name, own, state, path, card)
        try:
            missing, unexpected = trial.load_state_dict(state, strict=False)
        except RuntimeError as error:
            raise InputError(
                f'{path}: does not fit {name}: '
                f'{str(error).splitlines()[-1].strip()}; '
                f'{_cure(card, name)}'
            ) from None
        # mmengine lets batch counters be missing, and so do old files.
        missing = [
            k
            for k in missing
            if 'num_batches_tracked' not in k
            and not k.startswith(self.allow_missing)
        ]
        unexpected = [
            k for k in unexpected if not k.startswith(self.allow_unexpected)
        ]
        if missing or unexpected:
            parts = []
            if missing:
                parts.append(
                    f'{len(missing)} of {len(own)} tensors are '
                    f'missing: {_some(missing)}'
                )
            if unexpected:
                parts.append(
                    f'{len(unexpected)} are unexpected: {_some(unexpected)}'
                )
            raise InputError(
                f'{path}: does not fit {name}, '
                f'{" and ".join(parts)}; {_cure(card, name, state)}'
            )
        taken = trial.state_dict()
        return {k: v.clone().cpu() for k, v in taken.items() if k in state}


def _pretrained(
    model: nn.Module,
) -> Iterator[tuple[str, nn.Module, dict[str, Any]]]:
    """Modules that a file initialises, with their names and init_cfg."""
    for name, module in model.named_modules():
        config = getattr(module, 'init_cfg', None)
        for init in config if isinstance(config, list) else [config]:
            if isinstance(init, dict) and init.get('type') in (
                'Pretrained',
                PretrainedInit,
            ):
                yield name or type(model).__name__, module, init


def _below(
    state: dict[str, Tensor], prefix: str, path: str
) -> dict[str, Tensor]:
    chosen = {
        key[len(prefix) :]: value
        for key, value in state.items()
        if key.startswith(prefix)
    }
    if not chosen:
        starts = sorted({key.split('.')[0] for key in state})
        raise InputError(
            f'{path}: no name starts with prefix {prefix!r}; '
            f'names start with {_some(starts)}. Exported files '
            'have bare names and take no prefix'
        )
    return chosen


def _match_shapes(
    name: str,
    own: dict[str, Tensor],
    state: dict[str, Tensor],
    path: str,
    card: dict[str, Any],
) -> None:
    """Name the commonest reason for tensors that differ in shape: bands."""
    wrong = [
        key
        for key, tensor in state.items()
        if key in own and own[key].shape != tensor.shape
    ]
    if len(wrong) != 1 or own[wrong[0]].ndim != 4:
        return
    have, want = state[wrong[0]].shape, own[wrong[0]].shape
    if have[0] == want[0] and have[2:] == want[2:]:
        bands = card.get('bands')
        known = f' ({", ".join(bands)})' if bands else ''
        raise InputError(
            f'{path}: was trained on {have[1]} bands{known} but {name} takes '
            f'{want[1]} ({wrong[0]}); give the model in_channels={have[1]} '
            'and these bands, or fit the file to your bands with '
            'tools/export_backbone.py --bands'
        )


def _cure(
    card: dict[str, Any], name: str, state: dict[str, Tensor] | None = None
) -> str:
    """What to do about a file that does not fit the module of a name."""
    if state is not None:
        part = name.rpartition('.')[2]
        for prefix in (f'teacher.{part}.', f'{part}.'):
            if any(key.startswith(prefix) for key in state):
                return (
                    f'this is a training checkpoint: add prefix='
                    f'{prefix!r} to init_cfg, or use '
                    'tools/export_backbone.py'
                )
    if isinstance(card.get('architecture'), dict):
        architecture = card['architecture']
        return (
            f'the file is of {architecture.get("type")} with '
            f'{architecture.get("args")}; build the same'
        )
    return 'build the architecture that the file was trained with'


def _some(names: Sequence[str]) -> str:
    rest = len(names) - SHOWN
    shown = ', '.join(names[:SHOWN])
    return shown if rest <= 0 else f'{shown} and {rest} more'
