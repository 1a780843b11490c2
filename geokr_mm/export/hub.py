"""Files of backbones for torchvision, timm and Hugging Face."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..files import expanded, folder_written_whole
from .backbone import both_forms, publish, take_backbone
from .foreign import ForeignBackbone, convert
from .mlm import stac_item
from .model_card import readme, torchgeo_meta

WEIGHTS = 'model.safetensors'
# Levels of a VGG with strides 2 to 32.
VGG_LEVELS = [1, 2, 3, 4, 5]


def export_to(
    target: str,
    checkpoint: str | Path,
    out: str | Path,
    branch: str | None = None,
    bands: Sequence[str] | None = None,
    sensor: str | None = None,
) -> ForeignBackbone:
    """Write a backbone for another library, whole or not at all.

    Args:
        target (str): ``timm`` or ``torchvision``: ``OUT.pth`` with nothing
            but tensors under that library's names, and
            ``OUT.safetensors``; ``hf``: a folder, see :func:`write_folder`.
        checkpoint (str | Path), branch (str, optional), bands (Sequence[str],
            optional), sensor (str, optional): See
            :func:`.export_backbone`.
        out (str | Path): The file or folder to write.

    Raises:
        InputError: See :func:`.take_backbone` and :func:`.convert`.
    """
    tensors, card = take_backbone(checkpoint, branch, bands, sensor)
    library = 'timm' if target == 'hf' else target
    try:
        backbone = convert(tensors, card, library)
    except InputError as error:
        raise InputError(f'{checkpoint}: {error}') from None
    if target == 'hf':
        write_folder(backbone, out)
    else:
        state = backbone.tensors
        meta = torchgeo_meta(backbone)
        publish(both_forms(out, state, state, dict(meta=meta)))
    return backbone


def write_folder(backbone: ForeignBackbone, out: str | Path) -> None:
    """Write weights, ``config.json``, ``README.md`` and ``mlm.json``.

    Args:
        backbone (ForeignBackbone): Of timm.
        out (str | Path): The folder, which must not exist. It is written
            whole or not at all.

    Raises:
        InputError: If there is something of that name.
    """
    from safetensors.torch import save_file

    with folder_written_whole(expanded(out)) as draft:
        save_file(backbone.tensors, draft / WEIGHTS, metadata={'format': 'pt'})
        for name, content in (
            ('config.json', timm_config(backbone)),
            ('mlm.json', stac_item(backbone, WEIGHTS)),
        ):
            (draft / name).write_text(json.dumps(content, indent=2) + '\n')
        (draft / 'README.md').write_text(readme(backbone, notes(backbone)))


def timm_config(backbone: ForeignBackbone) -> dict[str, Any]:
    """What ``timm.create_model('local-dir:...')`` reads.

    Mean and deviation are in timm's units: of 8-bit images they are those of
    values from 0 to 1. Where the card has none, images pass unchanged.
    """
    card, network = backbone.card, backbone.network
    own = network.pretrained_cfg
    side = backbone.side or own['input_size'][-1]
    scale = 255 if _eight_bits(card) else 1
    mean = card.get('mean') or [0] * backbone.channels
    deviation = card.get('std') or [scale] * backbone.channels
    args = dict(backbone.args)
    if backbone.family == 'vgg':
        # The layers between features and classifier are not pre-trained.
        args.update(features_only=True, out_indices=VGG_LEVELS)
    return dict(
        architecture=backbone.name,
        # Below zero, timm builds no layers that the file lacks.
        num_classes=-1 if backbone.family == 'vgg' else 0,
        num_features=backbone.features,
        model_args=args,
        pretrained_cfg=dict(
            input_size=[backbone.channels, side, side],
            fixed_input_size=backbone.family == 'vit',
            interpolation='bilinear',
            crop_pct=1.0,
            mean=[value / scale for value in mean],
            std=[value / scale for value in deviation],
            pool_size=None,
            first_conv=own['first_conv'],
            classifier=own['classifier'],
            license='other',
            description=backbone.title,
        ),
        meta=torchgeo_meta(backbone),
    )


def notes(backbone: ForeignBackbone) -> list[str]:
    """What a reader must know, a sentence each."""
    card = backbone.card
    found = []
    if backbone.family == 'vgg':
        found.append(
            "It returns five maps, since timm's other layers of a VGG "
            '(`pre_logits`) are not pre-trained.'
        )
    if backbone.left_out:
        found.append(f'Left out: {", ".join(backbone.left_out)}.')
    if backbone.border is not None:
        found.append(
            'timm treats windows at the border of a map in another way than '
            'mmpretrain: with the settings of pre-training, features differ '
            f'by {backbone.border:.1g} of the largest.'
        )
    if card.get('mean') is None or card.get('std') is None:
        found.append('Mean and deviation of its inputs are unknown.')
    elif _eight_bits(card):
        found.append(
            'Its inputs are 8-bit values divided by 255, minus `mean`, over '
            '`std` of `config.json`.'
        )
    else:
        found.append(
            f'Its inputs are in {card.get("units") or "unknown units"}, '
            'minus `mean`, over `std` of `config.json`. The transforms of '
            'timm, which divide 8-bit images by 255, do not give them.'
        )
    return found


def _eight_bits(card: Mapping[str, Any]) -> bool:
    """Whether inputs are 0 to 255, as a stretch makes them."""
    units = str(card.get('units'))
    return '0 to 255' in units or '0..255' in units
