"""Fixtures that every test may use."""

import gc
import os
import runpy
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests first, so that processes end together."""
    slow = {i.path for i in items if i.get_closest_marker('slow')}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(autouse=True, scope='session')
def plain_config_text() -> Iterator[None]:
    """Keep the text of configs as it is; to lay it out takes half of a run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            'yapf.yapflib.yapf_api.FormatCode', lambda text, **_: (text, True)
        )
        yield


@pytest.fixture(autouse=True, scope='module')
def few_objects() -> None:
    """Spare what lives by now the collections of every mmengine dataset."""
    gc.freeze()


@pytest.fixture(autouse=True)
def own_run() -> Iterator[None]:
    """Part the runs that two tests start within one second.

    mmengine names a run by the second, and hands a second run of that name
    the scope, the visualizer, the messages and the log file of the first.
    """
    yield
    classes = []
    for room, kinds in (
        ('mmengine.visualization', ['Visualizer']),
        ('mmengine.logging', ['MessageHub', 'MMLogger']),
        ('mmengine.registry', ['DefaultScope']),
    ):
        if room in sys.modules:
            classes += [getattr(sys.modules[room], kind) for kind in kinds]
    for kind in classes:
        classes += kind.__subclasses__()
        kind._instance_dict.clear()


@pytest.fixture(scope='session')
def repo() -> Path:
    """The repository root."""
    return ROOT


@pytest.fixture
def run_here(
    repo: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> Callable[..., tuple[int, str, str]]:
    """Run a tool in this process, where all is imported.

    Gives its status, and what it printed and complained.
    """
    from geokr_mm.errors import _run

    def run(tool: str, *words: object) -> tuple[int, str, str]:
        main = runpy.run_path(str(repo / 'tools' / tool))['main']
        monkeypatch.setattr('sys.argv', [tool, *map(str, words)])
        capsys.readouterr()
        return _run(main), *capsys.readouterr()

    return run


@pytest.fixture(scope='session')
def shared_data() -> Path:
    """Folder of the real test imagery; skips where it is absent."""
    default = ROOT.parent / 'shared' / 'data'
    path = Path(os.environ.get('GEOKR_DATA', default))
    if not path.is_dir():
        pytest.skip('real imagery not found: set GEOKR_DATA to its folder')
    return path


@pytest.fixture(scope='session')
def tiny_world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny synthetic planet, made once for all tests."""
    from geokr_mm.world.pipeline.build import make_world
    from geokr_mm.world.pipeline.presets import PRESETS

    out = tmp_path_factory.mktemp('world') / 'tiny_world'
    make_world(str(out), PRESETS['tiny'], 0, 1, True)
    return out


def index_of(world: Path, name: str, bands: str, grid: int = 1) -> Path:
    """Knowledge index of a planet's scenes in patches of 64 pixels."""
    from geokr_mm.geo.pipeline.cli import main

    out = world / name
    main(
        [
            *('--scenes', str(world / 'scenes')),
            *('--product', 'globeland30'),
            *('--land-cover', str(world / 'landcover')),
            *('--patch-size', '64', '--bands', bands),
            *('--grid', str(grid), '--out', str(out), '--quiet'),
        ]
    )
    return out


@pytest.fixture(scope='session')
def tiny_index(tiny_world: Path) -> Path:
    """Knowledge index of the tiny planet's scenes, three bands."""
    return index_of(tiny_world, 'index.parquet', 'red,green,blue')


@pytest.fixture(scope='session')
def tiny_index_4band(tiny_world: Path) -> Path:
    """The same with near infrared and 8 x 8 cells."""
    return index_of(tiny_world, 'four.parquet', 'red,green,blue,nir', 8)


@pytest.fixture(scope='session')
def scene_index(
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[Sequence[str]], Path]:
    """Index of a small seeded scene by its bands, 32 patches of 64 pixels.

    Three bands are bytes, others counts; the map has eight common classes.
    """
    import numpy as np

    folder = tmp_path_factory.mktemp('scenes')
    codes = np.array((10, 30, 40, 50, 60, 70, 80, 90), np.uint8)
    rng = np.random.default_rng(0)
    blocks = codes[rng.integers(0, len(codes), (8, 16))]
    cover = np.kron(blocks, np.ones((32, 32), np.uint8))
    write_scene(folder / 'map.tif', cover[None], ['Map'])

    def make(bands: Sequence[str]) -> Path:
        from geokr_mm.geo.pipeline.cli import main

        out = folder / f'{"-".join(bands)}.parquet'
        scene = out.with_suffix('.tif')
        if out.exists():
            return out
        kind, most = (np.uint8, 255) if len(bands) == 3 else (np.uint16, 4000)
        shape = (len(bands), *cover.shape)
        planes = rng.integers(most // 10, most, shape).astype(kind)
        write_scene(scene, planes, bands)
        main(
            [
                *('--scenes', str(scene), '--product', 'worldcover'),
                *('--year', '2021', '--legend', 'common'),
                *('--land-cover', str(folder / 'map.tif')),
                *('--patch-size', '64', '--out', str(out), '--quiet'),
            ]
        )
        return out

    return make


def write_scene(path: Path, planes: Any, bands: Sequence[str]) -> None:
    """Write planes (C, H, W) with names of bands, on cells of 100 m."""
    import rasterio
    from rasterio.transform import from_origin

    with rasterio.open(
        path,
        'w',
        driver='GTiff',
        count=len(planes),
        height=planes.shape[1],
        width=planes.shape[2],
        dtype=planes.dtype,
        crs='EPSG:32633',
        transform=from_origin(500000.0, 5300000.0, 100.0, 100.0),
    ) as sink:
        sink.write(planes)
        sink.descriptions = tuple(bands)


@pytest.fixture(scope='session')
def large_index(
    scene_index: Callable[[Sequence[str]], Path],
) -> Callable[[Sequence[str]], Path]:
    """640 patches of 256 pixels, far apart: to plan with, not to read."""
    import pyarrow as pa

    from geokr_mm.geo import KnowledgeIndex
    from geokr_mm.geo.index.writer import Extent, write_tables

    def make(bands: Sequence[str]) -> Path:
        small = scene_index(bands)
        out = small.with_name(f'large-{small.name}')
        if out.exists():
            return out
        index = KnowledgeIndex.open(small)
        rows = index.take([n % len(index) for n in range(640)]).table
        for axis, name in enumerate(('lon', 'lat')):
            values = [float(divmod(n, 32)[axis]) for n in range(640)]
            place = rows.column_names.index(name)
            rows = rows.set_column(place, name, pa.array(values))
        metadata = replace(index.metadata, patch_size=256)
        write_tables(out, [rows], metadata, Extent())
        return out

    return make
