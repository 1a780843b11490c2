"""Presets and the settings that change them."""

import pytest

from geokr_mm.errors import InputError
from geokr_mm.world.pipeline.presets import LAST_YEAR, PRESETS, choose


def test_choose_turns_dials() -> None:
    preset = choose('tiny', places='4:2', shift=0.0, majority=False)
    assert (preset.first_place, preset.places) == (4, 2)
    assert preset.noise.shift == 0 and not preset.noise.majority
    assert choose('tiny') == PRESETS['tiny']


@pytest.mark.parametrize(
    'wrong',
    [
        {'name': 'huge'},
        {'name': 'tiny', 'places': '0'},
        {'name': 'tiny', 'places': 'all'},
        {'name': 'tiny', 'shift': -1.0},
        {'name': 'tiny', 'unit': 0},
        {'name': 'tiny', 'lag': -10},
        {'name': 'tiny', 'lag': 30},
    ],
)
def test_choose_says_what_is_wrong(wrong: dict) -> None:
    with pytest.raises(InputError, match='choose one of|give'):
        choose(**wrong)


def test_lag_leads_to_a_year_that_the_product_has() -> None:
    from geokr_mm.geo.maps.product import load_product

    years = load_product('globeland30').years
    for lag in range(21):
        if LAST_YEAR - lag in years:
            assert choose('tiny', lag=lag).noise.lag == lag
            continue
        with pytest.raises(InputError) as error:
            choose('tiny', lag=lag)
        assert str(error.value) == (
            f'lag {lag}: GlobeLand30 has no map of {LAST_YEAR - lag}; give '
            '0 (2020) or 10 (2010) or 20 (2000)'
        )
