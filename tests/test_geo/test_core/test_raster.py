"""GDAL's settings where many small reads follow each other."""

import threading

import rasterio
from rasterio._env import get_gdal_config

from geokr_mm.geo.core.raster import environment, stay_in_environment


def test_decoded_blocks_stay_in_memory():
    with environment():
        # In bytes, as rasterio takes it.
        assert get_gdal_config('GDAL_CACHEMAX') == 2**26


def test_a_thread_enters_the_settings_once_and_keeps_its_own():
    found = []

    def read():
        assert not rasterio.env.hasenv()
        stay_in_environment()
        stay_in_environment()
        found.append(rasterio.env.getenv()['GDAL_DISABLE_READDIR_ON_OPEN'])

    def read_with_own():
        with rasterio.Env(GDAL_DISABLE_READDIR_ON_OPEN='EMPTY_DIR'):
            stay_in_environment()
            found.append(rasterio.env.getenv()['GDAL_DISABLE_READDIR_ON_OPEN'])

    for work in (read, read_with_own):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert found == ['TRUE', 'EMPTY_DIR']
