"""Crosswalks between legends."""

import numpy as np
import pytest
import yaml

from geokr_mm.errors import InputError
from geokr_mm.geo import load_product
from geokr_mm.geo.maps.crosswalk import SHIPPED, load_crosswalk

NAMES = sorted(p.name[:-5] for p in SHIPPED.iterdir())


def legend(product):
    return load_product(product).legend('native').names


def test_there_are_shipped_ones():
    assert 'nlcd_to_chesapeake_lc' in NAMES


@pytest.mark.parametrize('name', NAMES)
def test_shipped_ones_tell_every_class_of_their_products(name):
    about = yaml.safe_load((SHIPPED / f'{name}.yaml').read_text())
    assert name == f'{about["from"]}_to_{about["to"]}'
    assert about['source']
    walk = load_crosswalk(name, legend(about['from']), legend(about['to']))
    np.testing.assert_allclose(walk.shares.sum(axis=1), 1)
    assert set(about['classes']) == set(legend(about['from']))


def test_developed_land_is_lawn_and_pavement():
    walk = load_crosswalk(
        'nlcd_to_chesapeake_lc', legend('nlcd'), legend('chesapeake_lc')
    )
    given = np.zeros((1, 16))
    given[0, [legend('nlcd').index('developed_low'), 0]] = 0.5, 0.5
    told = dict(zip(walk.target, walk(given)[0], strict=True))
    assert told == pytest.approx(
        dict(water=0.5, forest=0, field=0.3275, impervious=0.1725)
    )


@pytest.mark.parametrize(
    ('text', 'words'),
    [
        ('classes: {a: {x: 1}}', 'lacks what b is made of'),
        ('classes: {a: {x: 1}, b: {z: 1}}', 'no class z of the other legend'),
        ('classes: {a: {x: 1}, c: {x: 1}}', 'no class c of the first legend'),
        ('classes: {a: {x: 0.5}, b: {y: 1}}', 'shares of a must be 0 to 1'),
        ('classes: {a: {x: 2, y: -1}, b: {y: 1}}', 'shares of a must be'),
        ('classes: {a: x}', 'not a crosswalk'),
        ('classes: {a: {x: .nan}, b: {y: 1}}', 'shares of a must be 0 to 1'),
        ('classes: {a: {}, b: {y: 1}}', 'shares of a must be 0 to 1'),
        ('classes: {a: {x: 1}, a: {y: 1}}', "key 'a' is given twice"),
        ('classes: [', 'not valid YAML'),
        ('', 'empty file'),
        ('classes: [1]', 'not a crosswalk'),
        ('legend: {}', 'not a crosswalk'),
    ],
)
def test_wrong_files_name_the_fault(tmp_path, text, words):
    path = tmp_path / 'own.yaml'
    path.write_text(text)
    with pytest.raises(InputError, match=words):
        load_crosswalk(str(path), ('a', 'b'), ('x', 'y'))


def test_own_file_and_unknown_name(tmp_path):
    path = tmp_path / 'own.yaml'
    path.write_text('classes: {a: {x: 0.25, y: 0.75}, b: {y: 1}}')
    walk = load_crosswalk(str(path), ('a', 'b'), ('x', 'y'))
    np.testing.assert_allclose(walk([[1, 0], [0.5, 0.5]])[:, 0], [0.25, 0.125])
    with pytest.raises(InputError, match='choose one of nlcd_to_ches'):
        load_crosswalk('nlcd_to_mars', ('a',), ('x',))
