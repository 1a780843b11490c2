"""COCO files of the drawn objects."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from .candidates import SPLITS
from .objects import OBJECTS, Thing


def annotations(
    things: list[Thing], side: int, pad: int
) -> list[dict[str, Any]]:
    """COCO records without ids; objects mostly outside are left out.

    Objects are in the pixels of the picture with ``pad`` more around it.
    """
    frame = shapely.box(0, 0, side, side)
    out = []
    for thing in things:
        whole = shapely.Polygon(thing.outline - pad)
        seen = whole.intersection(frame)
        low, high = np.reshape(seen.bounds or (0.0,) * 4, (2, 2))
        if (high - low).min() < 2 or seen.area < 0.4 * whole.area:
            continue
        parts = [g for g in getattr(seen, 'geoms', [seen]) if g.area > 0]
        # Centre, length, width, heading anticlockwise from east.
        turned = (
            thing.x - pad,
            thing.y - pad,
            thing.length,
            thing.width,
            thing.turn % (2 * np.pi),
        )
        out.append(
            {
                'category_id': OBJECTS.index(thing.kind) + 1,
                'bbox': [round(float(v), 2) for v in (*low, *(high - low))],
                'area': round(float(seen.area), 2),
                'iscrowd': 0,
                'segmentation': [
                    np.round(part.exterior.coords[:-1], 2).ravel().tolist()
                    for part in parts
                ],
                'rotated_box': [round(float(v), 3) for v in turned],
            }
        )
    return out


def write_coco(root: Path, entries: list[dict[str, Any]]) -> list[str]:
    """Write one COCO file a split; the files, relative to ``root``.

    Entries are ``image`` and ``annotations`` of each picture.
    """
    entries = sorted(entries, key=lambda e: str(e['image']['file_name']))
    categories = [{'id': k, 'name': name} for k, name in enumerate(OBJECTS, 1)]
    files = []
    for split in SPLITS:
        images: list[dict[str, Any]] = []
        boxes: list[dict[str, Any]] = []
        for entry in entries:
            image = dict(entry['image'])
            if image.pop('split') != split:
                continue
            images.append({'id': len(images) + 1, **image})
            boxes += [
                {'id': len(boxes) + k, 'image_id': len(images), **box}
                for k, box in enumerate(entry['annotations'], 1)
            ]
        content = {
            'images': images,
            'annotations': boxes,
            'categories': categories,
        }
        path = root / 'detection' / f'{split}.json'
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content))
        files.append(f'detection/{split}.json')
    return files
