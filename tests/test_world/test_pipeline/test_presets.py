"""Presets and the settings that change them."""

import pytest

from geokr_mm.world.pipeline.presets import PRESETS, choose


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
    ],
)
def test_choose_says_what_is_wrong(wrong: dict) -> None:
    from geokr_mm.errors import InputError

    with pytest.raises(InputError, match='choose one of|give'):
        choose(**wrong)
