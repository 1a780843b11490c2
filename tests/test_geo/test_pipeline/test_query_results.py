"""Results of a zonal query wait on disk: whole portions, in place."""

import numpy as np
import pytest

from geokr_mm.errors import InputError
from geokr_mm.geo.pipeline import query_results as module
from geokr_mm.geo.pipeline.query_results import QueryResults

PORTIONS = [
    np.array([[3, 5], [0, 1]]),
    np.array([[5, 9]]),
    np.array([[1, 3]]),
]


@pytest.fixture
def figures():
    rng = np.random.default_rng(1)
    return {
        'whole.valid': rng.random((9, 1), np.float32),
        'cells.fractions': rng.random((9, 4, 3), np.float32),
    }


def of_portion(figures, number):
    which = np.concatenate([np.arange(*r) for r in PORTIONS[number]])
    return {name: values[which] for name, values in figures.items()}


def filled(folder, figures, portions=(0, 1, 2)):
    results = QueryResults(folder, 9, 3)
    for number in portions:
        results.put(number, PORTIONS[number], of_portion(figures, number))
    return results


def test_portions_come_back_in_the_order_of_the_patches(
    tmp_path, figures, monkeypatch
):
    monkeypatch.setattr(module, 'SLICE', 4)
    results = filled(tmp_path / 'map-0', figures)
    part = results.part(np.array([[0, 2], [4, 9]]))
    for name, values in figures.items():
        assert np.array_equal(part[name], values[[0, 1, 4, 5, 6, 7, 8]])
        assert part[name].dtype == np.float32
    valid, cells = results.columns(['whole.valid', 'cells.fractions'], 1, 8)
    assert np.array_equal(valid, figures['whole.valid'][1:8])
    assert np.array_equal(cells, figures['cells.fractions'][1:8])
    least = float(figures['whole.valid'].min())
    assert results.any_below('whole.valid', least + 1e-3)
    assert not results.any_below('whole.valid', least)


def test_what_an_earlier_run_left_is_kept(tmp_path, figures):
    filled(tmp_path, figures, (0, 2))
    results = QueryResults(tmp_path, 9, 3)
    has = [results.has(n, PORTIONS[n]) for n in range(3)]
    assert has == [True, False, True]
    results.put(1, PORTIONS[1], of_portion(figures, 1))
    assert results.has(1, PORTIONS[1])
    whole = results.part(np.array([[0, 9]]))
    assert all(np.array_equal(whole[n], v) for n, v in figures.items())


def test_a_portion_that_a_crash_tore_does_not_count(tmp_path, figures):
    filled(tmp_path, figures)
    data = bytearray((tmp_path / module.RECORDS).read_bytes())
    size = len(data) // 9
    data[6 * size : 7 * size] = bytes(size)
    (tmp_path / module.RECORDS).write_bytes(data)
    results = QueryResults(tmp_path, 9, 3)
    has = [results.has(n, PORTIONS[n]) for n in range(3)]
    assert has == [True, False, True]


@pytest.mark.parametrize(('patches', 'portions'), [(8, 3), (9, 4)])
def test_another_layout_starts_anew(tmp_path, figures, patches, portions):
    filled(tmp_path, figures)
    results = QueryResults(tmp_path, patches, portions)
    assert not results.has(0, PORTIONS[0])


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path, figures):
    (tmp_path / 'file').touch()
    results = QueryResults(tmp_path / 'file' / 'map-0', 9, 3)
    with pytest.raises(InputError, match=r'map-0: cannot be written \(Not a'):
        results.put(0, PORTIONS[0], of_portion(figures, 0))
