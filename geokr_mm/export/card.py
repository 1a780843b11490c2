"""The card of a backbone file: what it is and what it learned from."""

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from ..geo.maps.product import list_products, load_product
from ..version import __version__

FIELDS = (
    'architecture',
    'bands',
    'wavelengths',
    'values',
    'units',
    'stored_units',
    'scale',
    'offset',
    'stretch',
    'mean',
    'std',
    'gsd',
    'patch_size',
    'bbox',
    'dates',
    'product',
    'product_year',
    'legend',
    'branch',
    'index_hash',
    'code_version',
    'licence',
    'sha256',
)
# From numbers in files to what mean and std are of.
RADIOMETRY = FIELDS[FIELDS.index('bands') : FIELDS.index('mean')]


def describe(
    checkpoint: Mapping[str, Any],
    branch: str,
    tensors: Mapping[str, torch.Tensor],
    part: str = 'backbone',
) -> dict[str, Any]:
    """Write the card of one branch of a training checkpoint.

    All but the weights' hash comes from ``checkpoint['meta']['geokr']``,
    see :class:`geokr_mm.KnowledgeCardHook`.

    Args:
        checkpoint (Mapping): A training checkpoint.
        branch (str): ``teacher`` or ``student``.
        tensors (Mapping): The branch's bare state dict.
        part (str): What they are of, ``backbone`` or ``neck``. Defaults to
            'backbone'.

    Returns:
        dict: :data:`FIELDS` and ``unknown``, the list of those that are
        None because the checkpoint lacks them. Plain types only.
        ``gsd`` is (smallest, largest) in metres per pixel, ``bbox`` west,
        south, east and north in degrees, ``dates`` the first and the last day
        of the images, ``mean`` and
        ``std`` are per band, in the order of ``bands`` and in ``units``; what
        comes before them is described in :mod:`geokr_mm.geo.index.radiometry`.
    """
    meta = checkpoint.get('meta') or {}
    known = meta.get('geokr') or {}
    config = known.get('config') or {}
    model = config.get('model') or {}
    preprocessor = (
        model.get('data_preprocessor') or config.get('data_preprocessor') or {}
    )
    statistics = known.get('statistics') or {}
    card: dict[str, Any] = dict(
        architecture=_architecture(
            model.get(part), config.get('default_scope')
        ),
        **{key: known.get(key) for key in RADIOMETRY},
        mean=_first(
            known.get('mean'), preprocessor.get('mean'), statistics.get('mean')
        ),
        std=_first(
            known.get('std'), preprocessor.get('std'), statistics.get('std')
        ),
        gsd=known.get('gsd'),
        patch_size=known.get('patch_size'),
        bbox=known.get('bbox'),
        dates=known.get('dates'),
        product=known.get('product'),
        product_year=known.get('product_year'),
        legend=known.get('legend'),
        branch=branch,
        index_hash=_first(known.get('index_hash'), known.get('inputs_hash')),
        code_version=_first(known.get('version'), __version__),
        licence=_first(known.get('licence'), _licence(known.get('product'))),
        sha256=digest(tensors),
    )
    card = {key: plain(value) for key, value in card.items()}
    # Of physical values nothing is stretched.
    none = ('stretch',) if card['values'] == 'physical' else ()
    card['unknown'] = [
        key for key in FIELDS if card[key] is None and key not in none
    ]
    return card


def digest(tensors: Mapping[str, torch.Tensor]) -> str:
    """SHA-256 over names, types, shapes and bytes, in order of the names.

    64 hexadecimal digits, the same for all formats of a file.
    """
    total = hashlib.sha256()
    for name in sorted(tensors):
        tensor = tensors[name].detach().cpu().contiguous()
        total.update(f'{name} {tensor.dtype} {tuple(tensor.shape)}\n'.encode())
        total.update(tensor.reshape(-1).view(torch.uint8).numpy().tobytes())
    return total.hexdigest()


def plain(value: Any) -> Any:
    """A value in JSON's types; numpy and tensors become lists."""
    if isinstance(value, (np.generic, np.ndarray, torch.Tensor)):
        return plain(value.tolist())
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [plain(item) for item in value]
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return str(value)


def _architecture(module: Any, scope: Any) -> dict[str, Any] | None:
    if not isinstance(module, dict) or 'type' not in module:
        return None
    args = {k: v for k, v in module.items() if k not in ('type', 'init_cfg')}
    name = str(module['type'])
    if name.rpartition('.')[2] == 'MAEViT':
        # Nothing is masked downstream; the plain class has the same tensors.
        name = name.replace('MAEViT', 'VisionTransformer')
        args.pop('mask_ratio', None)
    if '.' not in name and isinstance(scope, str):
        name = f'{scope}.{name}'
    return dict(type=name, args=args)


def _licence(product: Any) -> str | None:
    """Terms of the maps, products joined by ``+``, from their files."""
    names = str(product).split('+')
    if set(names) - set(list_products()):
        return None
    terms = [
        f'land cover ({name}): {load_product(name).about.get("licence")}'
        for name in names
    ]
    return '; '.join([*terms, 'images: terms of their source'])


def _first(*values: Any) -> Any:
    return next((value for value in values if value is not None), None)
