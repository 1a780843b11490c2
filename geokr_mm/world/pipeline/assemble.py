"""Putting parts of many places together: product tiles and COCO files."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from ..labels.candidates import SPLITS
from ..labels.objects import OBJECTS
from ..land.place import Place
from ..products.tile_file import write_tile
from ..products.tiles import (
    WORLDCOVER_CODE,
    Piece,
    Tile,
    corners,
    globeland30_tile,
    worldcover_tile,
)
from .folder import Result, digest
from .units import MapOrder, part_name

FOLDERS = {'globeland30': 'landcover', 'worldcover': 'landcover_worldcover'}


def write_product(
    root: Path, order: MapOrder, places: list[Place]
) -> dict[str, str]:
    """Write all tiles of a product, one after another.

    Args:
        root (Path): Folder of the world.
        order (MapOrder): The product.
        places (list[Place]): Pre-training places.

    Returns:
        dict[str, str]: Hash of every tile by its path.
    """
    worldcover = order.product == 'worldcover'
    recode = np.arange(256, dtype=np.uint8)
    if worldcover:
        for common, own in WORLDCOVER_CODE.items():
            recode[common] = own
    find = worldcover_tile if worldcover else globeland30_tile
    wanted: dict[str, tuple[Tile, list[Place]]] = {}
    for place in places:
        for lon, lat in corners(place):
            tile = find(lon, lat, order.year)
            members = wanted.setdefault(tile.name, (tile, []))[1]
            if place not in members:
                members.append(place)
    folder = FOLDERS[order.product]
    (root / folder).mkdir(exist_ok=True)
    files = {}
    for name, (tile, members) in sorted(wanted.items()):
        pieces = [
            Piece(
                place,
                recode[
                    np.load(
                        root / '.making' / part_name(order.product, place.name)
                    )
                ],
                order.step,
            )
            for place in members
        ]
        write_tile(
            root / folder / name,
            tile,
            pieces,
            {
                'year': str(order.year),
                'product': order.product,
                'synthetic': 'yes',
            },
        )
        files[f'{folder}/{name}'] = digest(root / folder / name)
    return files


def write_coco(root: Path, results: list[Result]) -> dict[str, str]:
    """Write one COCO file a split.

    Args:
        root (Path): Folder of the world.
        results (list[Result]): Of the label units.

    Returns:
        dict[str, str]: Hash of every file by its path.
    """
    files = {}
    for split in SPLITS:
        entries = sorted(
            (
                entry
                for result in results
                for entry in result['coco']
                if entry['image']['split'] == split
            ),
            key=lambda entry: str(entry['image']['file_name']),
        )
        images: list[dict[str, Any]] = []
        boxes: list[dict[str, Any]] = []
        for number, entry in enumerate(entries, 1):
            image = {k: v for k, v in entry['image'].items() if k != 'split'}
            images.append({'id': number, **image})
            boxes += [
                {'id': len(boxes) + k, 'image_id': number, **box}
                for k, box in enumerate(entry['annotations'], 1)
            ]
        path = root / 'detection' / f'{split}.json'
        path.parent.mkdir(exist_ok=True)
        path.write_text(
            json.dumps(
                {
                    'images': images,
                    'annotations': boxes,
                    'categories': [
                        {'id': k, 'name': name}
                        for k, name in enumerate(OBJECTS, 1)
                    ],
                }
            )
        )
        files[f'detection/{split}.json'] = digest(path)
    return files
