import numpy as np
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from geokr_mm.geo.landcover.coverage_kernel import polygon_areas

CELLS = np.random.default_rng(0).integers(0, 5, (20, 24)).astype(np.uint8)
LOOKUP = np.minimum(np.arange(256), 5)
OUTSIDE = 6


def areas(ring, cells=CELLS, weights=None, first=0):
    out = np.zeros((1, 7))
    ring = np.ascontiguousarray(ring, np.float64)
    polygon_areas(
        cells,
        0,
        0,
        ring,
        np.array([0, len(ring)]),
        np.ones(1) if weights is None else weights,
        first,
        LOOKUP,
        out,
        OUTSIDE,
    )
    return out[0]


def reference(ring, weights=None, first=0):
    """Cell by cell with shapely."""
    polygon = shapely.Polygon(ring)
    left, top, right, bottom = (int(np.floor(v)) for v in polygon.bounds)
    expected = np.zeros(7)
    for row in range(top, bottom + 1):
        weight = 1.0 if weights is None else weights[row - first]
        for col in range(left, right + 1):
            box = shapely.box(col, row, col + 1, row + 1)
            area = polygon.intersection(box).area * weight
            inside = 0 <= row < 20 and 0 <= col < 24
            expected[CELLS[row, col] if inside else OUTSIDE] += area
    return expected


@given(
    centre=st.tuples(st.floats(-3, 27), st.floats(-3, 23)),
    angles=st.lists(st.floats(0, 6.28), min_size=3, max_size=9, unique=True),
    radius=st.floats(0.05, 12),
    backwards=st.booleans(),
    on_grid=st.booleans(),
)
@settings(max_examples=80, deadline=None)
def test_any_polygon_equals_cell_by_cell(
    centre, angles, radius, backwards, on_grid
):
    a = np.sort(angles)[:: -1 if backwards else 1]
    ring = np.array(centre) + radius * np.stack([np.cos(a), np.sin(a)], 1)
    ring = np.round(ring) if on_grid else ring
    assume(shapely.Polygon(ring).is_valid)
    assert np.allclose(areas(ring), reference(ring), rtol=0, atol=1e-9)


def test_concave_polygon_with_long_flat_edges():
    # More than SORT_LIMIT pieces in a row, in both directions.
    x = np.arange(0, 24)
    top = np.stack([x, 3.2 + 0.5 * (x % 2)], 1)
    low = np.stack([x[::-1], 9.7 - 0.4 * (x[::-1] % 3)], 1)
    ring = np.concatenate([top, low]).astype(float)
    assert np.allclose(areas(ring), reference(ring), rtol=0, atol=1e-9)


def test_rows_carry_their_weight():
    weights = np.linspace(1.0, 3.0, 40)
    ring = np.array([[-2.5, -4.2], [20.1, 1.0], [22.0, 25.5], [3.3, 18.0]])
    expected = reference(ring, weights, first=-10)
    assert np.allclose(areas(ring, weights=weights, first=-10), expected)


def test_no_area_gives_nothing():
    ring = np.array([[3.0, 3.0], [9.0, 3.0], [5.0, 3.0]])
    assert not areas(ring).any()


def test_far_away_is_all_outside():
    ring = np.array([[100.0, 100.0], [110, 100], [110, 110], [100, 110]])
    assert areas(ring)[OUTSIDE] == 100.0
    assert not areas(ring)[:OUTSIDE].any()
