"""A picture of the globe becomes scenes that lie where they should."""

import numpy as np
import rasterio

from geokr_mm.earth.scenes import part_of, write_scenes


def test_each_scene_holds_its_part_of_the_picture(tmp_path):
    # Two pixels a degree; red counts columns, green rows.
    rows, columns = np.mgrid[:360, :720]
    picture = np.stack([columns % 251, rows % 241, columns // 251])
    with rasterio.open(
        tmp_path / 'globe.png', 'w', driver='PNG', dtype='uint8', count=3,
        width=720, height=360,
    ) as target:  # fmt: skip
        target.write(picture.astype(np.uint8))
    folder = tmp_path / 'scenes'
    assert write_scenes(tmp_path / 'globe.png', folder, 60) == 18
    names = sorted(p.relative_to(folder).as_posix() for p in folder.rglob('*'))
    assert names[:2] == ['americas', 'americas/blue_marble_N30W060.tif']
    scene_file = folder / 'americas/blue_marble_S30W120.tif'
    with rasterio.open(scene_file) as scene:
        assert scene.crs.to_epsg() == 4326
        assert scene.bounds == (-120, -90, -60, -30)
        assert scene.descriptions == ('red', 'green', 'blue')
        np.testing.assert_array_equal(
            scene.read(), picture[:, 240:360, 120:240]
        )
    # A folder that is there stays as it is.
    scene_file.unlink()
    assert write_scenes(tmp_path / 'globe.png', folder, 60) == 17


def test_parts_of_the_world():
    # Corners of the scenes of Iceland's east, Brazil's east, Chukotka,
    # Antarctica's rim and middle.
    corners = [(70, -20), (-10, -40), (70, -180), (-50, 0), (-70, -80)]
    assert [part_of(*corner) for corner in corners] == [
        'elsewhere', 'americas', 'americas', 'elsewhere', 'antarctica',
    ]  # fmt: skip
