"""WebDatasets of others become tables of scenes, and indexes."""

import csv
import io
import json
import tarfile

import cv2
import numpy as np
import pytest

from geokr_mm.geo import KnowledgeIndex, read_patch
from geokr_mm.geo.pipeline.cli import main as build_index

TOOL = 'list_webdataset.py'


def write_tar(path, files):
    """A tar file of names and contents; values other than bytes as JSON."""
    with tarfile.open(path, 'w') as tar:
        for name, content in files.items():
            if not isinstance(content, bytes):
                content = json.dumps(content).encode()
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))


@pytest.fixture
def places(tiny_index):
    """Middle and footprint of three patches of 64 pixels."""
    index = KnowledgeIndex.open(tiny_index).kept()
    frame = index.frame
    return [
        (row.lon, row.lat, row.gsd, row.geometry.__geo_interface__)
        for row in frame.iloc[:3].itertuples()
    ]


def test_samples_become_an_index(places, tiny_world, tmp_path, run_here):
    images = np.random.default_rng(0).integers(0, 255, (2, 64, 64, 3), 'u1')
    png = [cv2.imencode('.png', i)[1].tobytes() for i in images]
    (lon, lat, gsd, shape), second, _ = places
    write_tar(
        tmp_path / 'a.tar',
        {
            'set/x1.png': png[0],
            'set/x1.json': dict(lon=lon, lat=lat, gsd=gsd, date='2011-02-03'),
            'set/x2.json': dict(footprint=second[3]),
            'set/x2.png': png[1],
        },
    )
    out = tmp_path / 'scenes.csv'
    assert run_here(TOOL, tmp_path / 'a.tar', '--out', out)[0] == 0
    rows = list(csv.DictReader(out.open()))
    assert [row['scene'] for row in rows] == ['a_set_x1', 'a_set_x2']
    assert rows[0]['date'] == '2011-02-03'
    assert float(rows[1]['gsd']) == pytest.approx(second[2], rel=2e-3)
    assert float(rows[1]['lon']) == pytest.approx(second[0], abs=1e-5)
    build_index(
        [
            *('--scenes', str(out), '--product', 'globeland30', '--quiet'),
            *('--land-cover', str(tiny_world / 'landcover')),
            *('--patch-size', '64', '--out', str(tmp_path / 'i.parquet')),
        ]
    )
    index = KnowledgeIndex.open(tmp_path / 'i.parquet')
    assert len(index) == 2
    for record in map(index.record, range(2)):
        image = images[int(record.scene[-1]) - 1][..., ::-1]
        pixels = read_patch(record, verify=True)
        assert np.array_equal(pixels, image.transpose(2, 0, 1))


def test_content_of_the_shard_is_part_of_the_fingerprint(tmp_path):
    from geokr_mm.geo.core.addresses import archive_of

    (tmp_path / 'a.tar').write_bytes(b'x' * 600)
    inside = f'/vsisubfile/512_20,{tmp_path / "a.tar"}'
    assert archive_of(inside) == str(tmp_path / 'a.tar')
    assert archive_of('/vsisubfile/512_20,/vsicurl/https://x/a.tar') is None


def test_what_has_no_place_or_image_is_refused(tmp_path, run_here):
    png = cv2.imencode('.png', np.zeros((8, 8, 3), np.uint8))[1].tobytes()
    tar, out = tmp_path / 'a.tar', tmp_path / 'scenes.csv'
    cases = {
        'its JSON needs lon, lat': {'1.png': png, '1.json': dict(lon=1)},
        'has 0 images among json, npy': {'1.npy': b'x', '1.json': {}},
        'has 2 images among a.png, b.png': {'1.a.png': png, '1.b.png': png},
        'no sample': {},
    }
    for words, files in cases.items():
        write_tar(tar, files)
        code, _, shown = run_here(TOOL, tar, '--out', out)
        assert code == 2 and words in shown, shown
        assert shown.count('\n') == 1
    tar.write_bytes(b'no tar file')
    assert 'not a readable tar' in run_here(TOOL, tar, '--out', out)[2]
    assert not out.exists()
