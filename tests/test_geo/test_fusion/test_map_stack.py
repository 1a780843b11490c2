"""Several maps: which is picked, what they say together, what changed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geokr_mm.errors import InputError
from geokr_mm.geo import LandCover, MapStack, load_product
from geokr_mm.geo.fusion.label_fusion import (
    combine,
    detail,
    freshness,
    interior_shares,
)
from geokr_mm.geo.fusion.map_selection import (
    around,
    cheapest,
    decimal_year,
    map_costs,
)
from geokr_mm.geo.landcover.fractions import Fractions
from geokr_mm.geo.landcover.tile import Tile
from geokr_mm.geo.maps.files import MapName, parse_map

SQUARE = np.array([[-1.0, 1], [1, 1], [1, -1], [-1, -1]])
#: Two patches of 320 m in the middle of 640 m maps, left and right half.
FEET = np.stack(
    [
        [500160.0, 5099680.0] + 160 * SQUARE,
        [500480.0, 5099680.0] + 160 * SQUARE,
    ]
)
TREE, CROP, WATER, BLANK = 10, 40, 80, 0


@pytest.fixture
def open_map(make_raster):
    """A map of 64 x 64 cells of 10 m: one code left, one right."""

    def make(year, left, right, product='worldcover', res=10.0):
        cells = int(640 / res)
        codes = np.empty((cells, cells), np.uint8)
        codes[:, : cells // 2], codes[:, cells // 2 :] = left, right
        path = make_raster(f'{product}{year}_{res}.tif', codes, res=res)
        # Of any year, also of those that the product does not have.
        about = load_product(product)
        return LandCover(about, about.legend(), [Tile.open(path)], year)

    return make


def said(fractions, valid=1.0):
    """Class fractions of N footprints of one cell."""
    table = np.asarray(fractions, np.float32)[:, None]
    share = np.broadcast_to(np.float32(valid), table.shape[:2])
    rest = np.zeros_like(share)
    return Fractions(table, share, rest, rest, 1 - share)


def test_dates_are_years():
    assert decimal_year('2020-01-01') == pytest.approx(2020 + 0.5 / 366)
    assert decimal_year('2021-12-31') == pytest.approx(2021 + 364.5 / 365)
    assert decimal_year('2021-07-02') == 2021.5


def test_cost_counts_years_cells_and_what_is_not_known():
    costs = map_costs([2010, 2020], [30.0, 120.0], [0.75, 1.0], 2018.5)
    # 8 years and a quarter unknown; 2 years and cells of 4 times the side.
    assert costs.tolist() == [8 + 0.25 * 4, 2 + 2 * 0.5]
    assert map_costs([2010, 2020], [10, 10], [1, 1], None).tolist() == [0, 0]
    assert map_costs([2020, 2010], [10, 10], [0, 0.01], 2020.5)[0] == np.inf
    assert map_costs([2020], [10], [0], 2020.5).tolist() == [4.0]


@given(
    st.lists(
        st.tuples(
            st.integers(1990, 2022), st.sampled_from([10.0, 30.0, 500.0]),
            st.sampled_from([0.0, 0.3, 0.9, 1.0]),
        ),
        min_size=1, max_size=6,
    ),
    st.floats(1990, 2023),
)  # fmt: skip
@settings(max_examples=100, deadline=None)
def test_no_map_is_passed_over_for_one_worse_in_everything(maps, when):
    years, gsds, known = zip(*maps, strict=True)
    best = cheapest(map_costs(years, gsds, known, when))
    mine = abs(when - years[best] - 0.5), gsds[best], -known[best]
    for n, (year, gsd, share) in enumerate(maps):
        other = abs(when - year - 0.5), gsd, -share
        better = all(a <= b for a, b in zip(other, mine, strict=True))
        if better and other != mine:
            # Only where both know nothing may a worse one be as good.
            assert known[best] == 0 == share or other == mine, n
        if other == mine:
            assert best <= n  # the first of equals


def test_nearest_year_then_finer_cells_then_the_first(open_map):
    old, new = open_map(2015, TREE, TREE), open_map(2020, CROP, CROP)
    map_stack = MapStack([old, new])
    for date, year in (('2016-01-01', 2015), ('2019-06-01', 2020)):
        found = map_stack.label_patches(FEET, 'EPSG:32633', date=date)
        assert (found.product, found.year) == ('worldcover', year)
    # Without a date the first map given.
    assert map_stack.label_patches(FEET, 'EPSG:32633').year == 2015
    assert MapStack([new, old]).label_patches(FEET, 'EPSG:32633').year == 2020
    # Cells of 40 m cost a year: half a year nearer does not pay.
    coarse = open_map(2017, 2, 2, 'esri_lulc', 40.0)
    both = MapStack([old, coarse])
    assert (
        both.label_patches(FEET, 'EPSG:32633', date='2016-11-01').year == 2015
    )
    assert (
        both.label_patches(FEET, 'EPSG:32633', date='2017-08-01').year == 2017
    )


def test_a_map_that_knows_the_scene_beats_a_newer_one(open_map):
    full, half = open_map(2017, TREE, TREE), open_map(2020, TREE, BLANK)
    # Half unknown costs two years; the other one is three years off, then
    # two less than the new one.
    found = MapStack([half, full]).label_patches(
        FEET, 'EPSG:32633', date='2020-07-01'
    )
    assert found.year == 2020
    assert known_shares(MapStack([half, full])) == [0.5, 1.0]
    found = MapStack([half, full]).label_patches(
        FEET, 'EPSG:32633', date='2019-03-01'
    )
    assert found.year == 2017


def known_shares(map_stack):
    return [
        float(m.coverage(FEET, 'EPSG:32633').valid.mean())
        for m in map_stack.maps
    ]


def test_confidence_of_one_map_is_its_accuracy_where_it_is_pure(open_map):
    cover = open_map(2021, TREE, CROP)
    found = MapStack([cover]).label_patches(FEET, 'EPSG:32633', grid=2)
    assert found.confidence.tolist() == pytest.approx([0.767, 0.767])
    assert found.soft is None and found.change is None
    assert (found.whole.fractions == cover.fractions(FEET, 'EPSG:32633')).all()
    # Half one class, half another: in one cell all border...
    middle = (FEET[:1] + FEET[1:]) / 2
    alone = MapStack([cover]).label_patches(middle, 'EPSG:32633')
    assert alone.confidence[0] == pytest.approx(0.767 * 0.75)
    # ...in four cells the border lies beside each, and in sixteen only beside
    # those of the middle; the patch is trusted likewise.
    split = MapStack([cover]).label_patches(middle, 'EPSG:32633', grid=2)
    beside = 0.767 * (1 - 0.5 * 3 / 9)
    assert split.grid_confidence[0].tolist() == pytest.approx([beside] * 4)
    assert split.confidence[0] == pytest.approx(beside)
    fine = MapStack([cover]).label_patches(middle, 'EPSG:32633', grid=4)
    beside = 0.767 * (1 - 0.5 * 1 / 4)
    rows = fine.grid_confidence[0].reshape(4, 4).tolist()
    assert rows == [pytest.approx([0.767, beside, beside, 0.767])] * 4
    assert fine.confidence[0] == pytest.approx((0.767 + beside) / 2)


@given(st.integers(0, 10_000), st.integers(1, 5))
@settings(max_examples=60, deadline=None)
def test_interior_is_the_weighted_share_of_the_own_class(seed, side):
    rng = np.random.default_rng(seed)
    label = rng.dirichlet(np.full(4, 0.2), (2, side, side))
    known = rng.random((2, side, side)) < 0.8
    found = interior_shares(
        label.reshape(2, -1, 4), known.reshape(2, -1)
    ).reshape(2, side, side)
    for n, y, x in np.argwhere(known):
        own = label[n, y, x].argmax()
        cells = [
            (4 / 2 ** (abs(v - y) + abs(u - x)), label[n, v, u, own])
            for v in range(max(y - 1, 0), min(y + 2, side))
            for u in range(max(x - 1, 0), min(x + 2, side))
            if known[n, v, u]
        ]
        expected = sum(w * s for w, s in cells) / sum(w for w, _ in cells)
        assert found[n, y, x] == pytest.approx(expected, abs=1e-12)


def test_agreement_raises_and_dispute_lowers_the_confidence():
    a = said([[1, 0], [1, 0]])
    b = said([[1, 0], [0, 1]])
    found = combine([a, b], [1.0, 1.0], [0.8, 0.8])
    certain = 1 - 0.2**1.5
    assert found.confidence[0, 0] == pytest.approx(certain)
    assert found.fractions[1, 0].tolist() == [0.5, 0.5]
    # Each is half away from the label, and the label is all border.
    assert found.confidence[1, 0] == pytest.approx(0.5 * certain * 0.75)


def test_disagreement_of_two_maps_is_their_total_variation():
    one, other = [[0.5, 0.5], [1, 0]], [[0.2, 0.8], [0, 1]]
    for weights in ([1.0, 1.0], [9.0, 0.5]):
        found = combine([said(one), said(other)], weights, [0.8, 0.8])
        assert found.disagreement[:, 0] == pytest.approx([0.3, 1.0])
    # Two that agree against one: no more than the mean over pairs.
    three = combine([said(one)] * 2 + [said(other)], [1.0] * 3, [0.8] * 3)
    assert three.disagreement[:, 0] == pytest.approx([0.2, 2 / 3])
    # Where one map alone knows, nothing is said against it.
    silent = combine([said(one), said(other, 0.0)], [0.3, 0.7], [0.8] * 2)
    assert not silent.disagreement.any()


def test_disagreement_is_taken_cell_by_cell(open_map):
    west, east = open_map(2021, TREE, CROP), open_map(2020, CROP, TREE)
    middle = (FEET[:1] + FEET[1:]) / 2
    map_stack = MapStack([west, east], 'combine')
    # Half trees on both maps, but never in the same place.
    assert map_stack.label_patches(
        middle, 'EPSG:32633'
    ).disagreement == pytest.approx([0])
    split = map_stack.label_patches(middle, 'EPSG:32633', grid=2)
    assert split.disagreement == pytest.approx([1])
    assert (
        MapStack([west, east]).label_patches(middle, 'EPSG:32633').disagreement
        is None
    )


def test_weights_move_the_label():
    found = combine([said([[1, 0]]), said([[0, 1]])], [3.0, 1.0], [0.8, 0.6])
    assert found.fractions[0, 0].tolist() == [0.75, 0.25]
    speaking = 1 / (0.75**2 + 0.25**2)
    accuracy = 0.75 * 0.8 + 0.25 * 0.6
    distance = 0.75 * 0.25 + 0.25 * 0.75
    expected = (
        (1 - distance)
        * (1 - (1 - accuracy) ** (1 + 0.5 * (speaking - 1)))
        * (1 - 0.5 * 0.25)
    )
    assert found.confidence[0, 0] == pytest.approx(expected, rel=1e-6)
    assert detail(320, 500) == 0.64 and detail(320, 10) == 1.0
    assert freshness(5) == 0.5 and freshness(0) == 1.0


def test_only_maps_that_know_a_cell_speak():
    one, none = said([[0.5, 0.5]]), said([[0, 0]], 0.0)
    alone = combine([one], [1.0], [0.8])
    both = combine([one, none], [1.0, 9.0], [0.8, 0.9])
    assert both.confidence == alone.confidence == pytest.approx(0.8 * 0.75)
    assert (both.fractions == alone.fractions).all()
    silent = combine([none, none], [1.0, 1.0], [0.8, 0.8])
    assert silent.confidence == 0 and not silent.fractions.any()


@given(st.integers(0, 10_000))
@settings(max_examples=60, deadline=None)
def test_soft_labels_are_means_and_confidences_lie_between_0_and_1(seed):
    rng = np.random.default_rng(seed)
    maps, n, k = rng.integers(1, 5), 4, 6
    table = rng.dirichlet(np.full(k, 0.3), (maps, n))
    valid = rng.choice([0.0, 0.4, 1.0], (maps, n))
    weights = rng.uniform(0.1, 1, maps)
    measured = [
        Fractions(
            (table[m] * (valid[m] > 0)[:, None])[:, None].astype(np.float32),
            valid[m][:, None].astype(np.float32),
            *[np.zeros((n, 1), np.float32)] * 3,
        )
        for m in range(maps)
    ]
    found = combine(measured, list(weights), [0.7] * maps)
    w = weights[:, None] * valid
    for i in range(n):
        if w[:, i].sum() == 0:
            assert found.confidence[i, 0] == 0
            continue
        mean = np.average(table[:, i], axis=0, weights=w[:, i])
        assert np.abs(found.fractions[i, 0] - mean).max() < 1e-6
        assert 0 < found.confidence[i, 0] <= 1
    # The order of the maps does not matter.
    again = combine(measured[::-1], list(weights[::-1]), [0.7] * maps)
    assert np.abs(again.confidence - found.confidence).max() < 1e-6


def test_combined_label_weighs_accuracy_age_and_detail(open_map):
    fine = open_map(2021, TREE, TREE)
    coarse = open_map(2016, 1, 2, 'clcd', 40.0)
    map_stack = MapStack([fine, coarse], 'combine')
    found = map_stack.label_patches(FEET, 'EPSG:32633', 4, '2021-07-02', 320.0)
    assert (found.product, found.year) == ('worldcover', 2021)
    forest = map_stack.classes.index('forest')
    a, b = 0.767, 0.7931 * 0.5  # five years old
    assert found.soft[0, forest] == pytest.approx(a / (a + b), rel=1e-6)
    assert found.soft[1, forest] == 1
    assert found.grid_soft.shape == (2, 16, 10)
    # Cells of 80 m hold two of 40 m: no less weight; 20 m would.
    assert found.grid_soft[0, 5, forest] == pytest.approx(a / (a + b))
    small = map_stack.label_patches(
        FEET, 'EPSG:32633', 16, '2021-07-02', 320.0
    )
    c = b * 0.5
    assert small.grid_soft[0, 5, forest] == pytest.approx(a / (a + c))
    # The plain fractions stay those of the map chosen.
    assert (found.whole.fractions == fine.fractions(FEET, 'EPSG:32633')).all()
    assert found.confidence[1] > 0.767 > found.confidence[0]


def test_change_between_the_maps_around_the_image(open_map):
    maps = [
        open_map(2000, TREE, TREE),
        open_map(2010, TREE, BLANK),
        open_map(2020, CROP, CROP),
    ]
    map_stack = MapStack(maps)
    found = map_stack.label_patches(
        FEET, 'EPSG:32633', date='2014-05-01'
    ).change
    assert (found.before_year, found.after_year) == (2010, 2020)
    assert found.change[0] == 1 and np.isnan(found.change[1])
    forest = map_stack.classes.index('forest')
    assert found.before[0, forest] == 1 and found.after[0, forest] == 0
    found = map_stack.label_patches(
        FEET, 'EPSG:32633', date='2004-05-01'
    ).change
    assert (found.before_year, found.after_year) == (2000, 2010)
    assert found.change[0] == 0
    for date in (None, '1999-01-01', '2024-01-01'):
        assert (
            map_stack.label_patches(FEET, 'EPSG:32633', date=date).change
            is None
        )
    # Maps of different products show no change.
    mixed = MapStack([maps[0], open_map(2017, 4, 4, 'clcd')])
    assert (
        mixed.label_patches(FEET, 'EPSG:32633', date='2014-05-01').change
        is None
    )


def test_change_of_half_a_patch_is_a_half(open_map):
    map_stack = MapStack(
        [open_map(2000, TREE, CROP), open_map(2010, TREE, TREE)]
    )
    middle = (FEET[:1] + FEET[1:]) / 2
    found = map_stack.label_patches(middle, 'EPSG:32633', date='2005-01-01')
    assert found.change.change[0] == pytest.approx(0.5)


def test_around_takes_the_middle_of_a_year_for_its_map():
    assert around([2010, 2020, 2000], 2012.0) == (0, 1)
    assert around([2010, 2020], 2010.5) == (0, 1)
    assert around([2010, 2020], 2010.49) is None
    assert around([2010, 2020], 2020.5) is None
    assert around([2010, 2020], None) is None


def test_names_of_maps(make_raster):
    assert parse_map(['worldcover@2021=a/', 'b.tif']) == MapName(
        'worldcover', 2021, ('a/', 'b.tif')
    )
    assert parse_map(['my/map.yaml=x=1.tif']) == MapName(
        'my/map.yaml', None, ('x=1.tif',)
    )
    for words in (['worldcover'], ['=a.tif'], ['a@2020='], []):
        with pytest.raises(InputError, match='PRODUCT@YEAR=PATH'):
            parse_map(words)
    codes = np.full((4, 4), 2, np.uint8)
    files = [
        make_raster(f'l/CLCD_v01_{y}_albert_{n}.tif', codes)
        for y in (2001, 1995)
        for n in 'ab'
    ]
    folder = files[0].rsplit('/', 1)[0]
    map_stack = MapStack.open([parse_map([f'clcd={folder}'])], 'combine')
    assert [t.path for t in map_stack.maps[0].tiles] == sorted(files[2:])
    assert [m['year'] for m in map_stack.describe()] == [1995, 2001]
    assert map_stack.describe()[0]['accuracy'] == 0.7931
    assert map_stack.describe()[0]['gsd'] == 10.0


def test_maps_that_do_not_go_together_are_told(open_map):
    one, other = open_map(2020, TREE, TREE), open_map(2020, 1, 1, 'clcd')
    with pytest.raises(InputError, match='second map of product .* of 2020'):
        MapStack([one, one])
    with pytest.raises(InputError, match='give one of nearest, combine'):
        MapStack([one, other], 'best')
    native = LandCover.open(
        'clcd', other.tiles[0].path, year=2020, legend='native'
    )
    with pytest.raises(InputError, match='need --legend common'):
        MapStack([one, native])
    with pytest.raises(InputError, match='no land-cover map given'):
        MapStack([])
