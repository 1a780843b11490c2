"""Labelled footprints and Levir-KR have the fingerprint of their inputs."""

import json
import os
import shutil
from dataclasses import fields, replace

import geopandas
import numpy as np
import pytest
import shapely

from geokr_mm.geo import LabelOptions, label_footprints
from geokr_mm.geo.converters import levir_kr
from geokr_mm.geo.converters.levir_kr import LevirOptions, convert_levir_kr
from geokr_mm.geo.footprints import label
from geokr_mm.geo.pipeline import index_build


class StoppedError(Exception):
    """Carries the fingerprint out of a run that goes no further."""


@pytest.fixture
def key(monkeypatch):
    """The fingerprint that a run of some options has."""

    def stop(inputs_hash, places):
        raise StoppedError(inputs_hash)

    def of(options):
        run = {
            LabelOptions: label_footprints,
            LevirOptions: convert_levir_kr,
        }[type(options)]
        with monkeypatch.context() as patched:
            patched.setattr(label, 'resume_key', stop)
            patched.setattr(index_build, 'resume_key', stop)
            with pytest.raises(StoppedError) as caught:
                run(options)
        return str(caught.value)

    return of


def flip(path, place):
    with open(path, 'r+b') as stream:
        stream.seek(place)
        (byte,) = stream.read(1)
        stream.seek(place)
        stream.write(bytes([byte ^ 1]))


@pytest.fixture
def table(make_raster, tmp_path):
    """A shapefile of squares and a map."""
    rng = np.random.default_rng(4)
    codes = rng.choice([10, 20, 30], (300, 300)).astype(np.uint8)
    make_raster('in/map.tif', codes)
    corner = rng.uniform(0, 2900, (9, 2)) * [1, -1] + [500000, 5100000]
    shapes = shapely.box(*corner.T, *(corner + 50).T)
    geopandas.GeoDataFrame(
        {'name': list('abcdefghi')}, geometry=shapes, crs='EPSG:32633'
    ).to_file(tmp_path / 'in' / 'squares.shp')
    return tmp_path / 'in'


def label_options(folder, **changes):
    given = LabelOptions(
        str(folder / 'squares.shp'),
        'worldcover',
        (str(folder / 'map.tif'),),
        str(folder.parent / 'out'),
        year=2021,
    )
    return replace(given, **changes)


CHOICES = {
    'grid': 2,
    'legend': 'native',
    'year': 2020,
    'spherical': False,
    'layer': 'squares',
    'invalid': 'empty',
}


def test_labels_depend_on_files_and_choices(table, key, tmp_path):
    given = label_options(table)
    before = key(given)
    keys = {before}
    for name, value in CHOICES.items():
        keys.add(key(replace(given, **{name: value})))
    assert len(keys) == 1 + len(CHOICES)
    names = {field.name for field in fields(LabelOptions)}
    assert names == set(CHOICES) | label.PLACES
    flip(table / 'map.tif', 70_000)
    keys.add(key(given))
    # Attributes lie in a file of their own.
    flip(table / 'squares.dbf', os.path.getsize(table / 'squares.dbf') - 3)
    keys.add(key(given))
    assert len(keys) == 3 + len(CHOICES)
    last = key(given)
    shutil.copytree(table, tmp_path / 'elsewhere' / 'in')
    assert key(label_options(tmp_path / 'elsewhere' / 'in')) == last
    assert key(replace(given, out=str(tmp_path / 'other'))) == last


def test_the_crs_that_is_given_counts(table, key):
    csv = table / 'boxes.csv'
    csv.write_text('left,bottom,right,top\n1,1,2,2\n')
    keys = {
        key(label_options(table, footprints=str(csv), crs=crs))
        for crs in ('EPSG:4326', 'EPSG:32633', 'EPSG:32634')
    }
    assert len(keys) == 3


@pytest.fixture
def levir(make_raster, tmp_path):
    """Three images of 120 kB, and their labels."""
    rng = np.random.default_rng(6)
    folder = tmp_path / 'in'
    (folder / 'labels' / 'F').mkdir(parents=True)
    for name in 'abc':
        pixels = rng.integers(20, 250, (3, 200, 200)).astype(np.uint8)
        make_raster(f'in/crops/F/{name}.tiff', pixels)
        text = json.dumps({'Foreast': 300, 'Grassland': 100})
        (folder / 'labels' / 'F' / f'{name}.json').write_text(text)
    return folder


def levir_options(folder, **changes):
    given = LevirOptions(
        str(folder / 'crops'),
        str(folder / 'labels'),
        str(folder.parent / 'i.parquet'),
    )
    return replace(given, **changes)


LEVIR_CHOICES = {
    'year': 2010,
    'band_names': ('x', 'y', 'z'),
    'without': ('dark',),
}


def test_levir_kr_depends_on_images_labels_and_choices(levir, key, tmp_path):
    given = levir_options(levir)
    keys = {key(given)}
    for name, value in LEVIR_CHOICES.items():
        keys.add(key(replace(given, **{name: value})))
    names = {field.name for field in fields(LevirOptions)}
    assert names == set(LEVIR_CHOICES) | levir_kr.PLACES
    flip(levir / 'crops' / 'F' / 'b.tiff', 70_000)
    keys.add(key(given))
    path = levir / 'labels' / 'F' / 'c.json'
    path.write_text(path.read_text().replace('100', '101'))
    keys.add(key(given))
    listed = levir / 'train.txt'
    listed.write_text('x/F/a.tiff\nx/F/b.tiff\n')
    keys.add(key(replace(given, listed=str(listed))))
    assert len(keys) == 4 + len(LEVIR_CHOICES)
    path.unlink()
    assert key(given) not in keys
    last = key(given)
    shutil.copytree(levir, tmp_path / 'elsewhere')
    assert key(levir_options(tmp_path / 'elsewhere')) == last
