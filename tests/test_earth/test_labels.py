"""Classes of patches by a map, and their folders of images."""

import numpy as np
import pytest
from PIL import Image

from geokr_mm.earth.labels import dominant_classes, write_class_folders
from geokr_mm.errors import InputError
from geokr_mm.geo.index.knowledge_index import KnowledgeIndex
from geokr_mm.geo.landcover.landcover import LandCover
from geokr_mm.geo.scenes.patch import read_patch
from geokr_mm.geo.scenes.radiometry import stretch


@pytest.fixture(scope='module')
def patches(scene_index):
    """An index, and the map that it was made from."""
    path = scene_index(['red', 'green', 'blue'])
    cover = LandCover.open('worldcover', path.parent / 'map.tif', 2021)
    return KnowledgeIndex.open(path).kept(), cover


def test_the_largest_class_if_it_is_large_enough(patches):
    index, cover = patches
    largest = index.fractions.argmax(axis=1)
    share = index.fractions.max(axis=1) * index.valid_fraction
    assert 0 < (share >= 0.5).sum() < len(index)
    np.testing.assert_array_equal(
        dominant_classes(index, cover, 0.5),
        np.where(share >= 0.5, largest, -1),
    )


def test_images_lie_in_the_folder_of_their_class(patches, tmp_path):
    index, cover = patches
    out = tmp_path / 'classes'
    count = write_class_folders(index, cover, out, 0.5, quiet=True)
    classes = dominant_classes(index, cover, 0.5)
    assert sum(count.values()) == (classes >= 0).sum()
    row = int(np.flatnonzero(classes >= 0)[0])
    record = index.record(row)
    image = Image.open(
        out / cover.classes[classes[row]] / f'{record.patch_id}.png'
    )
    np.testing.assert_array_equal(
        np.asarray(image).transpose(2, 0, 1),
        stretch(read_patch(record), record.low, record.high),
    )
    with pytest.raises(InputError, match='smaller share'):
        write_class_folders(index, cover, tmp_path / 'none', 1.0)
    assert not (tmp_path / 'none').exists()
