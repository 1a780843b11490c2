"""What a pre-training of an index should be, before it is written down."""

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import sqrt
from typing import Any

import numpy as np

from ..errors import InputError
from ..geo.core.raster import is_remote
from ..geo.index.knowledge_index import KnowledgeIndex
from ..geo.index.spatial_split import held_out, place_size
from .backbones import backbone_name, base_folder
from .starts import Start

Settings = dict[str, Any]

RGB = ['red', 'green', 'blue']
# Patches for each GPU, and those in a step that the shipped schedules are for.
BATCH, BASE_BATCH = 64, 512
# Networks that come from a start learn slower: convolutional ones as a whole,
# others by layers.
CONVOLUTIONAL = ('ResNet', 'VGG')
START_RATE, START_DECAY = 0.3, 0.75
# Passes of patches in a run, and the epochs that it is kept within.
PASSES, FEWEST, MOST = 10_000_000, 20, 100
# A twentieth of the epochs warms up, and lies between two validations.
PART = 20
WRAPPERS: dict[str, tuple[Settings, str]] = {
    'bf16': (
        dict(type='geokr_mm.BFloat16OptimWrapper'),
        'bfloat16; GPUs older than Ampere want fp16',
    ),
    'fp16': (
        dict(type='AmpOptimWrapper', loss_scale='dynamic'),
        'float16 with a loss scaler, for GPUs only',
    ),
    'none': (dict(type='OptimWrapper'), 'float32 throughout'),
}


@dataclass
class Draft:
    """A config that is being made.

    Attributes:
        settings (dict): Those of the shipped bases, changed for the index.
        dataset (dict): What training and validation share.
        views (dict): Augmentation.
        batch_size (int): Patches for each GPU.
        patches (int): Patches to train on.
        notes (dict[str, str]): What was chosen and why, by subject.
    """

    settings: Settings
    dataset: Settings
    views: Settings
    batch_size: int = BATCH
    patches: int = 0
    notes: dict[str, str] = field(default_factory=dict)

    @property
    def validates(self) -> bool:
        """Whether places are held out."""
        return 'place_degrees' in self.dataset


def draft_of(args: argparse.Namespace) -> Draft:
    """Choose all settings; see :func:`.new_config.write_config`."""
    index = KnowledgeIndex.open(args.index).kept()
    if not len(index):
        raise InputError(
            f'{args.index}: no patch of it was kept; build the index with '
            'looser filters'
        )
    start = Start.read(args.start) if args.start else None
    bands = _bands(index, args.bands, start)
    name = backbone_name(args.backbone, start, index.metadata.patch_size)
    draft = _on_index(index, args.index, name, bands)
    _fit_backbone(draft, index, name, start)
    _hold_out(draft, index)
    _fill_batches(draft, args)
    _schedule(draft, args, start is not None)
    return draft


def _bands(
    index: KnowledgeIndex, wanted: Sequence[str] | None, start: Start | None
) -> list[str]:
    """Bands in the order of the network's inputs."""
    have = list(index.metadata.bands)
    missing = [band for band in wanted or () if band not in have]
    if missing:
        raise InputError(
            f'{index.path}: no band {", ".join(missing)}; it has '
            f'{", ".join(have)}'
        )
    bands = list(wanted or have)
    return bands if start is None else start.order(bands)


def _on_index(
    index: KnowledgeIndex, path: str, name: str, bands: list[str]
) -> Draft:
    """The shipped bases, with bands, values and classes of the index."""
    from mmengine.config import Config

    meta = index.metadata
    kind = 'rgb' if bands == RGB else '4band'
    family = '' if name.startswith(('resnet', 'vgg')) else '_transformer'
    settings: Settings = {}
    for base in (
        f'models/geokr_{name}.py',
        f'datasets/knowledge_{kind}_256px.py',
        f'schedules/adamw_cosine_8xb64{family}.py',
        'default_runtime.py',
    ):
        settings |= Config.fromfile(base_folder() / base).to_dict()
    # Colours are changed on bytes.
    physical = kind != 'rgb' and meta.values is not None
    values = 'physical' if physical else 'stretched'
    settings['data_preprocessor'] |= {
        key: [float(f'{value:.6g}') for value in found]
        for key, found in meta.band_statistics(values, bands).items()
    }
    settings['model']['head']['num_classes'] = len(index.classes)
    units = (meta.values or {}).get('units')
    return Draft(
        settings=settings,
        dataset=dict(
            type='geokr_mm.GeoKRDataset',
            index=path if is_remote(path) else os.path.abspath(path),
            bands=bands,
            values=values,
        ),
        views=settings['views'],
        notes=dict(
            data=f'{len(index):,} patches of {meta.patch_size} px, '
            f'{len(bands)} bands, {len(index.classes)} classes of '
            f'{meta.sources}',
            values=f'physical values ({units})'
            if physical
            else 'stretched to 0..255 by the index',
        ),
    )


def _fit_backbone(
    draft: Draft, index: KnowledgeIndex, name: str, start: Start | None
) -> None:
    """Inputs, image size and start of the backbone."""
    backbone = draft.settings['model']['backbone']
    side = index.metadata.patch_size
    count = len(draft.dataset['bands'])
    if count != 3 and backbone['type'] == 'VGG':
        raise InputError(
            f'{name} takes three bands, not {count}; choose three with '
            '--bands, or another backbone'
        )
    if count != 3:
        backbone['in_channels'] = count
    if 'patch_size' in backbone:
        side -= side % backbone['patch_size']
        backbone['img_size'] = side
    draft.views['scale'] = side
    draft.notes['backbone'] = f'{name}, images of {side} px'
    draft.notes['start'] = 'random weights'
    if start is not None:
        backbone |= start.settings
        backbone['init_cfg'] = dict(
            type='Pretrained', checkpoint=os.path.abspath(start.path)
        )
        draft.notes['start'] = start.note(draft.dataset['bands'])


def _hold_out(draft: Draft, index: KnowledgeIndex) -> None:
    """Places for validation."""
    lonlat = np.stack([index.column('lon'), index.column('lat')], axis=1)
    share = draft.settings['train_dataloader']['dataset']['val_share']
    size = place_size(lonlat, share)
    count = int(held_out(lonlat, share, size).sum())
    draft.patches = len(index)
    if not 0 < count < len(index):
        draft.notes['places'] = (
            'none; the index covers too few places to hold some out'
        )
        return
    draft.dataset |= dict(val_share=share, place_degrees=size)
    draft.patches -= count
    draft.notes['places'] = (
        f'{count:,} patches of places of {size:g} degrees, which training '
        'leaves out'
    )


def _fill_batches(draft: Draft, args: argparse.Namespace) -> None:
    """Patches in a step."""
    most = draft.patches // args.gpus
    if args.batch_size is not None and args.batch_size > most:
        raise InputError(
            f'--batch-size {args.batch_size}: {draft.patches} patches to '
            f'train on make no such batch for each of {args.gpus} GPUs; '
            f'choose {most} or less'
        )
    draft.batch_size = args.batch_size or min(BATCH, most)
    if draft.batch_size < 2:
        raise InputError(
            f'{args.index}: {draft.patches} patches to train on make no '
            f'batch of 2 for each of {args.gpus} GPUs; build a larger index'
        )
    total = draft.batch_size * args.gpus
    draft.notes['batch'] = (
        f'{draft.batch_size} for each of {args.gpus} GPUs, {total} in a step'
        if args.gpus > 1
        else f'{total} patches'
    )
    settings = draft.settings
    settings['auto_scale_lr']['base_batch_size'] = total
    if args.gpus == 1:
        settings['sync_bn'] = None


def _schedule(draft: Draft, args: argparse.Namespace, started: bool) -> None:
    """Length, learning rate and precision."""
    settings = draft.settings
    total = draft.batch_size * args.gpus
    epochs = args.epochs or min(
        MOST, max(FEWEST, round(PASSES / draft.patches))
    )
    part = max(1, epochs // PART)
    warm_up, cosine = settings['param_scheduler']
    warm_up['end'] = part
    cosine.update(T_max=epochs - part, begin=part, end=epochs)
    if epochs == part:
        settings['param_scheduler'] = [warm_up]
    settings['train_cfg'].update(max_epochs=epochs, val_interval=part)
    steps = draft.patches // total
    length = '1 epoch' if epochs == 1 else f'{epochs} epochs'
    draft.notes['epochs'] = (
        f'{length} of {steps:,} steps, {part} of them to warm up'
    )
    wrapper = settings['optim_wrapper']
    rate = wrapper['optimizer']['lr'] * sqrt(total / BASE_BATCH)
    why = f'by the square root of {total} patches in a step'
    if started and settings['model']['backbone']['type'] in CONVOLUTIONAL:
        rate *= START_RATE
        why += ', lowered for the start'
    elif started:
        wrapper['paramwise_cfg']['layer_decay_rate'] = START_DECAY
        why += ', lower for the first layers of the start'
    wrapper['optimizer']['lr'] = float(f'{rate:.2g}')
    draft.notes['rate'] = f'{rate:.2g}, {why}'
    precision, draft.notes['precision'] = WRAPPERS[args.amp]
    settings['optim_wrapper'] = wrapper | precision
