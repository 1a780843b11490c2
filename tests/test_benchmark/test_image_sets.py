"""Labelled images of a test."""

import numpy as np
import pytest
from PIL import Image

from geokr_mm.benchmark.image_sets import from_folder, from_index, read_image
from geokr_mm.errors import InputError
from geokr_mm.geo import KnowledgeIndex
from geokr_mm.geo.scenes.patch import read_patch


@pytest.fixture
def scenes(tmp_path):
    """Two classes of three images, from west to east."""
    root = tmp_path / 'scenes'
    lines = ['path,lon']
    for label, name in enumerate(('a', 'b')):
        (root / name).mkdir(parents=True)
        for i in range(3):
            array = np.full((8, 8, 3), 100 * label + i, np.uint8)
            Image.fromarray(array).save(root / name / f'{i}.png')
            lines.append(f'{name}/{i}.png,{i}.5')
    (root / 'empty').mkdir()
    (root / 'places.csv').write_text('\n'.join(lines))
    return root


def test_images_of_a_folder(scenes):
    found = from_folder(scenes, 4)
    assert found.pixels.shape == (6, 3, 4, 4)
    assert found.labels.tolist() == [0, 0, 0, 1, 1, 1]
    assert found.pixels[:, 0, 0, 0].tolist() == [0, 1, 2, 100, 101, 102]


def test_images_east_and_west_of_a_longitude(scenes):
    west, east = from_folder(scenes, 4, east=1.5), from_folder(scenes, 4, 1.5)
    assert west.pixels[:, 0, 0, 0].tolist() == [0, 100]
    assert east.pixels[:, 0, 0, 0].tolist() == [1, 2, 101, 102]
    Image.new('RGB', (8, 8)).save(scenes / 'a' / 'new.png')
    with pytest.raises(InputError, match=r'has no line of a/new\.png'):
        from_folder(scenes, 4, east=1.5)
    (scenes / 'places.csv').unlink()
    with pytest.raises(InputError, match='places.csv: no such file'):
        from_folder(scenes, 4, east=1.5)


def test_patches_of_an_index_have_their_largest_class(tiny_index):
    index = KnowledgeIndex.open(tiny_index).kept()
    found = from_index(tiny_index, 64)
    assert found.labels.tolist() == index.fractions.argmax(axis=1).tolist()
    record = index.record(3)
    patch = read_patch(record, ('red', 'green', 'blue')).astype(float)
    # Stretched by the index, in the same order of bands.
    own = [
        np.corrcoef(a.ravel(), b.ravel())[0, 1]
        for a, b in zip(found.pixels[3], patch, strict=True)
    ]
    assert min(own) > 0.9
    few = from_index(tiny_index, 32, count=4)
    assert few.pixels.shape == (4, 3, 32, 32)


def test_resizing_averages(tmp_path):
    """A fine chequered pattern becomes its mean, not one of its pixels."""
    board = np.indices((64, 64)).sum(axis=0) % 2 * 200
    path = tmp_path / 'b.png'
    Image.fromarray(np.stack([board] * 3, -1).astype(np.uint8)).save(path)
    small = read_image(path, 8)
    assert small.shape == (3, 8, 8)
    assert np.abs(small.astype(int) - 100).max() <= 3


def test_bad_input(scenes, tmp_path):
    with pytest.raises(InputError, match='no such folder'):
        from_folder(tmp_path / 'none', 4)
    with pytest.raises(InputError, match='holds 0 folders'):
        from_folder(scenes / 'a', 4)
    (scenes / 'a' / '0.png').write_bytes(b'x')
    with pytest.raises(InputError, match=r'0.png: is damaged'):
        from_folder(scenes, 4)
