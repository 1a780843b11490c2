"""Levir-KR in the layout of the released code becomes an index."""

import json
import subprocess
import sys

import numpy as np
import pyproj
import pytest
import rasterio
import shapely

from geokr_mm.datasets import GeoKRDataset
from geokr_mm.errors import InputError
from geokr_mm.geo import KnowledgeIndex, load_product, read_patch
from geokr_mm.geo.converters import levir_kr
from geokr_mm.geo.converters.levir_kr import LevirOptions, convert_levir_kr
from geokr_mm.geo.converters.levir_labels import SPELLINGS

# As in GeoKR/utils/global_land_utils.py at 2580265, in its order of codes.
NAMES = [
    'Cultivated_Land', 'Foreast', 'Grassland', 'Shrubland', 'Wetland',
    'Waterbodies', 'Tundra', 'Artifical_Surfaces', 'Bareland',
    'Permanent_Snow', 'sea',
]  # fmt: skip
# As in configs/GeoKR_resnet50_cfg.py.
RELEASED = [
    'Artifical_Surfaces', 'Bareland', 'Cultivated_Land', 'Foreast',
    'Grassland', 'Permanent_Snow', 'Waterbodies', 'Wetland',
]  # fmt: skip
SCENES = (
    'GF1_WFV1_E80.0_N29.6_20200920_L1A0005075711_GEO',
    'GF6_PMS_E116.1_N40.2_20190511_L1A1119880000_FUSION_GEO',
)
STEP = 0.00016
SIDE = 64


@pytest.fixture
def levir(make_raster, tmp_path):
    """Six images in two folders, their labels, and train.txt."""
    rng = np.random.default_rng(8)
    lines = []
    for folder, scene in zip(('WFV', 'PMS'), SCENES, strict=True):
        (tmp_path / 'labels' / folder).mkdir(parents=True)
        for x in (0, 200, 400):
            name = f'{scene}_{x}_0'
            make_raster(
                f'crops/{folder}/{name}.tiff',
                rng.integers(30, 220, (3, SIDE, SIDE)).astype(np.uint8),
                crs='EPSG:4326',
                origin=(80.0 + x * STEP, 29.6),
                res=STEP,
                photometric='rgb',
            )
            counts = rng.multinomial(400, rng.dirichlet(np.ones(11)))
            if x == 400:
                counts[:10], counts[10] = 0, 400
            label = dict(zip(NAMES, map(int, counts), strict=True))
            path = tmp_path / 'labels' / folder / f'{name}.json'
            path.write_text(json.dumps(label, indent=4))
            lines.append(f'I:\\experiments\\crop_data\\{folder}\\{name}.tiff')
    (tmp_path / 'train.txt').write_text('\n'.join(lines[::-1]) + '\n')
    return LevirOptions(
        str(tmp_path / 'crops'),
        str(tmp_path / 'labels'),
        str(tmp_path / 'index.parquet'),
        str(tmp_path / 'train.txt'),
    )


def label_of(options, record):
    scene = record.scene.partition('-')
    with open(f'{options.labels}/{scene[0]}/{scene[2]}.json') as file:
        return json.load(file)


def test_counts_become_fractions(levir):
    summary = convert_levir_kr(levir, 'command')
    index = KnowledgeIndex.open(levir.out)
    assert (summary.patches, summary.kept, len(index)) == (6, 4, 6)
    assert summary.rejected == {'sea': 2}
    product = load_product('globeland30')
    assert index.classes == product.legend().names
    assert list(SPELLINGS) == NAMES[:-1]
    assert set(index.column('product')) == {'globeland30'}
    assert set(index.column('product_year')) == {2020}
    # In the order of train.txt.
    assert index.column('scene')[0] == f'PMS-{SCENES[1]}_400_0'
    assert list(index.column('date')[[0, 5]]) == ['2019-05-11', '2020-09-20']
    for i in range(6):
        record = index.record(i)
        counts = np.array([label_of(levir, record)[n] for n in NAMES], float)
        land, sea = counts[:10].sum(), counts[10]
        expected = counts[:10] / max(land, 1)
        assert np.allclose(record.fractions, expected, atol=1e-7)
        assert np.allclose(record.grid_fractions[0, 0], expected, atol=1e-7)
        assert record.valid_fraction == pytest.approx(land / 400)
        assert index.column('sea_fraction')[i] == pytest.approx(sea / 400)
        # Published accuracy; half of it where the patch is all borders.
        trust = 0.857 * (0.5 + 0.5 * expected.max()) if land else 0
        assert index.confidence[i] == pytest.approx(trust)
        with rasterio.open(record.files[0]) as image:
            assert (read_patch(record, verify=True) == image.read()).all()
            box = shapely.box(*image.bounds)
        outline = shapely.from_wkb(index.table['geometry'][i].as_py())
        assert outline.symmetric_difference(box).area < 1e-12
        # 0.00016 degrees, narrower than high.
        east, north = (
            pyproj.Geod(ellps='WGS84').inv(
                record.lon, record.lat, record.lon + dx, record.lat + dy
            )[2]
            for dx, dy in ((STEP, 0.0), (0.0, STEP))
        )
        metres = (east * north) ** 0.5
        assert index.column('gsd')[i] == pytest.approx(metres, rel=1e-5)
    pixels = np.concatenate(
        [read_patch(index.kept().record(i)).reshape(3, -1) for i in range(4)],
        axis=1,
    )
    statistics = index.metadata.statistics
    assert np.allclose(statistics['mean'], pixels.mean(axis=1))
    assert np.allclose(statistics['std'], pixels.std(axis=1))
    assert index.metadata.bands == ('red', 'green', 'blue')


def test_training_sees_the_targets_of_the_released_code(levir):
    convert_levir_kr(levir)
    data = GeoKRDataset(levir.out, classes=[SPELLINGS[n] for n in RELEASED])
    assert len(data) == 4
    for i in range(4):
        info = data.get_data_info(i)
        label = label_of(levir, info['record'])
        # representation_dataset.py, __getitem__
        labels = np.array([label[name] for name in RELEASED])
        labels = labels / (np.sum(labels) + 1e-6)
        assert np.allclose(info['class_fractions'], labels, atol=1e-6)


def test_what_cannot_be_used_is_listed(levir, tmp_path, make_raster):
    folder = tmp_path / 'crops' / 'WFV'
    labels = tmp_path / 'labels' / 'WFV'
    names = [f'{SCENES[0]}_{x}_0' for x in (0, 200, 400)]
    broken = bytearray((folder / f'{names[0]}.tiff').read_bytes())
    (folder / f'{names[0]}.tiff').write_bytes(broken[: len(broken) // 2])
    (folder / f'{names[1]}.tiff').unlink()
    (labels / f'{names[2]}.json').unlink()
    listed = tmp_path / 'train.txt'
    lines = listed.read_text().splitlines()
    cases = {
        'no JSON': 'not readable',
        '[]': 'no counts of classes',
        '{"Forest": 4}': "unknown class 'Forest', expected Cultivated_Land",
        '{"Foreast": -4}': 'Foreast is -4',
        '{"Foreast": "4"}': "Foreast is '4'",
        '{"sea": NaN}': 'sea is nan',
    }
    for number, text in enumerate(cases):
        (labels / f'bad{number}.json').write_text(text)
        lines.append(f'x/WFV/bad{number}.tiff')
    for name, shape in (('size', (3, 32, 32)), ('bands', (4, SIDE, SIDE))):
        make_raster(f'crops/WFV/{name}.tiff', np.ones(shape, np.uint8))
        (labels / f'{name}.json').write_text('{"Foreast": 1}')
        lines.append(f'x/WFV/{name}.tiff')
    listed.write_text('\n'.join(lines))
    with pytest.raises(InputError, match='cannot be read|no label|no such'):
        convert_levir_kr(levir)
    with pytest.raises(InputError, match=r'more than --max-bad-fraction 0\.5'):
        convert_levir_kr(levir, max_bad_fraction=0.5)
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        'crops', 'labels', 'train.txt',
    ]  # fmt: skip
    summary = convert_levir_kr(levir, max_bad_fraction=0.9)
    assert summary.patches == 3
    assert summary.left_out == {
        'bad_label': 6, 'damaged': 1, 'missing': 1, 'no_label': 1,
        'other_layout': 2,
    }  # fmt: skip
    table = (tmp_path / 'index.quarantine.csv').read_text()
    for message in cases.values():
        assert message in table.replace('""', '"')
    assert 'size (32, 32), but (64, 64)' in table


def test_parts_workers_and_resume_give_the_same_rows(
    levir, tmp_path, monkeypatch
):
    monkeypatch.setattr(levir_kr, 'JOB_PATCHES', 2)
    convert_levir_kr(levir)
    whole = (tmp_path / 'index.parquet').read_bytes()
    one = KnowledgeIndex.open(levir.out)
    convert_levir_kr(levir, workers=2)
    assert (tmp_path / 'index.parquet').read_bytes() == whole
    (tmp_path / 'index.parquet').unlink()
    # Stopped in the second batch by a label that is then mended.
    label = tmp_path / 'labels' / 'PMS' / f'{SCENES[1]}_0_0.json'
    text = label.read_text()
    label.write_text('{}')
    with pytest.raises(InputError, match='no counts of classes'):
        convert_levir_kr(levir, resume=True)
    (left,) = tmp_path.glob('.index.parquet.parts-*/*.parquet')
    assert left.name == '0000000.parquet'
    label.write_text(text)
    convert_levir_kr(levir, resume=True)
    assert (tmp_path / 'index.parquet').read_bytes() == whole
    assert not list(tmp_path.glob('.index*'))
    # As a folder; other labels make another index.
    out = LevirOptions(levir.images, levir.labels, f'{tmp_path}/parts/',
                       levir.listed)  # fmt: skip
    convert_levir_kr(out)
    parts = KnowledgeIndex.open(tmp_path / 'parts')
    assert parts.metadata == one.metadata
    same = one.table.drop_columns(['files'])
    assert parts.table.drop_columns(['files']).equals(same)
    label.write_text('{"Foreast": 7}')
    convert_levir_kr(out)
    other = KnowledgeIndex.open(tmp_path / 'parts')
    assert other.metadata.inputs_hash != one.metadata.inputs_hash


def test_lists_and_folders(levir, tmp_path, repo):
    every = LevirOptions(levir.images, levir.labels, levir.out)
    convert_levir_kr(every)
    scenes = KnowledgeIndex.open(levir.out).column('scene')
    assert len(scenes) == 6 and list(scenes) == sorted(scenes)
    cases = {
        'a.tiff\n': "line 1: 'a.tiff' is no image in a",
        '\n': 'no images; expected',
        'f/a.tiff\nf/a.tif\n': 'f/a is there twice',
    }
    for text, message in cases.items():
        (tmp_path / 'train.txt').write_text(text)
        with pytest.raises(InputError, match=message):
            convert_levir_kr(levir)
    tool = [sys.executable, str(repo / 'tools' / 'convert_levir_kr.py')]
    place = ['--images', levir.images, '--out', str(tmp_path / 'o.parquet')]
    ran = subprocess.run(
        [*tool, *place, '--labels', levir.labels],
        check=True,
        capture_output=True,
        text=True,
    )
    assert '6 patches, 4 kept' in ran.stdout
    assert len(KnowledgeIndex.open(tmp_path / 'o.parquet')) == 6
    wrong = subprocess.run(
        [*tool, *place, '--labels', str(tmp_path / 'none')],
        capture_output=True,
        text=True,
    )
    assert wrong.returncode == 2 and 'none: no such folder' in wrong.stderr
