"""When the teacher moves."""

import pytest

from geokr_mm.engine.hooks import EMATeacherHook, ReleasedSchedule

ENTRIES = [500, 10500, 20500, 30500]


def published_loop(entries, batch_size, steps):
    """The rule as a loop with a list that is consumed."""
    waiting = list(entries)
    every = int(waiting[0] / batch_size * 16)
    moved = []
    for step in range(1, steps + 1):
        if step % every == 1:
            moved.append(step)
            if waiting:
                every = int(waiting.pop(0) / batch_size * 16)
    return moved


@pytest.mark.parametrize(
    ('batch_size', 'first'),
    [
        (16, [1, 501, 10501, 20501, 30501, 61001]),
        (8, [1, 1001, 21001, 41001, 61001, 122001]),
    ],
)
def test_released_schedule_equals_the_published_loop(batch_size, first):
    steps = 130_000
    schedule = ReleasedSchedule(ENTRIES, batch_size)
    moved = [s for s in range(1, steps + 1) if schedule.moves(s)]
    assert moved == published_loop(ENTRIES, batch_size, steps)
    assert moved[:6] == first


def test_the_published_run_has_33_moves():
    steps = 10 * 1_431_950 // 16
    schedule = ReleasedSchedule(ENTRIES, 16)
    candidates = {1, 501, 10501, 20501}
    candidates |= {30500 * k + 1 for k in range(steps // 30500 + 1)}
    assert sum(schedule.moves(s) for s in candidates) == 33


@pytest.mark.parametrize(
    ('make', 'match'),
    [
        (lambda: EMATeacherHook(momentum=1.0), 'momentum'),
        (lambda: EMATeacherHook(interval=0), 'interval'),
    ],
)
def test_bad_settings_are_refused(make, match):
    with pytest.raises(ValueError, match=match):
        make()
