"""Small rasters for the geography tests."""

import functools
import http.server
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin


@pytest.fixture
def make_raster(tmp_path: Path) -> Callable[..., str]:
    """Write an array as a GeoTIFF under the test's folder."""

    def make(
        name: str,
        array: Any,
        crs: str | None = 'EPSG:32633',
        origin: tuple[float, float] = (500000.0, 5100000.0),
        res: float | tuple[float, float] = 10.0,
        nodata: float | None = None,
        transform: Any = None,
        descriptions: tuple[str, ...] | None = None,
        **options: Any,
    ) -> str:
        planes = np.asarray(array)
        planes = planes[None] if planes.ndim == 2 else planes
        steps = (res, res) if isinstance(res, float) else res
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with rasterio.open(
            path,
            'w',
            driver='GTiff',
            count=len(planes),
            height=planes.shape[1],
            width=planes.shape[2],
            dtype=planes.dtype,
            crs=crs,
            transform=transform or from_origin(*origin, *steps),
            nodata=nodata,
            **options,
        ) as sink:
            sink.write(planes)
            if descriptions:
                sink.descriptions = descriptions
        return str(path)

    return make


@pytest.fixture
def cover_codes() -> Any:
    """A 120 x 150 map of WorldCover codes in blobs with salt."""
    rng = np.random.default_rng(7)
    codes = np.array([10, 20, 30, 40, 50, 60, 80, 90], np.uint8)
    coarse = rng.integers(0, len(codes), (12, 15))
    full = np.kron(coarse, np.ones((10, 10), int))
    salt = rng.random(full.shape) < 0.05
    full[salt] = rng.integers(0, len(codes), int(salt.sum()))
    return codes[full]


class RangeHandler(http.server.SimpleHTTPRequestHandler):
    """A file server that answers range requests, as object stores do."""

    served: ClassVar[list[tuple[str, int]]] = []

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        if not path.is_file():
            self.send_error(404)
            return
        data = path.read_bytes()
        asked = re.match(r'bytes=(\d+)-(\d*)', self.headers.get('Range', ''))
        self.send_response(206 if asked else 200)
        if asked:
            first, last = asked.groups()
            stop = min(int(last) + 1 if last else len(data), len(data))
            part = data[int(first) : stop]
            self.send_header(
                'Content-Range', f'bytes {first}-{stop - 1}/{len(data)}'
            )
        else:
            part = data
        self.send_header('Accept-Ranges', 'bytes')
        self.send_header('Content-Length', str(len(part)))
        self.end_headers()
        self.served.append((path.name, len(part)))
        self.wfile.write(part)

    def log_message(self, *_: Any) -> None:
        pass


class Site(str):
    """Address of a server; ``served`` lists names and bytes it sent."""

    served = RangeHandler.served


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """The test's folder over HTTP; yields the address."""
    RangeHandler.served.clear()
    handler = functools.partial(RangeHandler, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(('127.0.0.1', 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield Site(f'http://127.0.0.1:{server.server_port}')
        server.shutdown()
        thread.join()
