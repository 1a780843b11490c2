"""What counts as done, on real small steps; the folder and its safety."""

import sys
from pathlib import Path

import pytest

from geokr_mm.demo import run as demo_run
from geokr_mm.demo.plan import Layout, Step, plan, printable
from geokr_mm.demo.process import last_progress, run_commands
from geokr_mm.demo.run import last_line, prepare, read_stamp, run_steps
from geokr_mm.errors import InputError

COUNT = (
    'import pathlib, sys; p = pathlib.Path(sys.argv[1]); '
    'p.write_text(sys.argv[2]); c = pathlib.Path(sys.argv[3]); '
    "c.write_text(c.read_text() + 'x' if c.exists() else 'x')"
)


def writer(layout: Layout, name: str, text: str, **settings) -> Step:
    """A step that writes a file, and a mark each time it runs."""
    out = layout.out / f'{name}.txt'
    calls = layout.out / f'{name}.calls'
    command = (sys.executable, '-c', COUNT, str(out), text, str(calls))
    return Step(name, f'Write {name}', (command,), (out,), **settings)


def calls(layout: Layout, name: str) -> int:
    path = layout.out / f'{name}.calls'
    return len(path.read_text()) if path.exists() else 0


@pytest.fixture
def layout(tmp_path: Path, repo: Path) -> Layout:
    layout = Layout(repo, tmp_path / 'out', 1)
    prepare(layout.out, fresh=False)
    return layout


def test_a_finished_step_is_reused(layout, capsys):
    step = writer(layout, 'one', 'a')
    run_steps([step], layout)
    run_steps([step], layout)
    assert calls(layout, 'one') == 1
    shown = capsys.readouterr().out
    assert '$ python -c' in shown and 'done before' in shown


def test_other_settings_run_again(layout):
    run_steps([writer(layout, 'one', 'a')], layout)
    run_steps([writer(layout, 'one', 'b')], layout)
    assert calls(layout, 'one') == 2
    assert (layout.out / 'one.txt').read_text() == 'b'


@pytest.mark.parametrize('damage', ['gone', 'short', 'note'])
def test_half_made_steps_run_again(layout, damage):
    step = writer(layout, 'one', 'abc')
    run_steps([step], layout)
    if damage == 'gone':
        (layout.out / 'one.txt').unlink()
    elif damage == 'short':
        (layout.out / 'one.txt').write_text('a')
    else:
        (layout.stamps / 'one.json').write_text('{"key"')
    run_steps([step], layout)
    assert calls(layout, 'one') == 2
    assert (layout.out / 'one.txt').read_text() == 'abc'


def test_a_step_runs_again_after_the_one_it_reads(layout):
    first = writer(layout, 'one', 'a')
    second = writer(layout, 'two', 'b')
    for _ in range(2):
        run_steps([first, second], layout)
    assert (calls(layout, 'one'), calls(layout, 'two')) == (1, 1)
    (layout.out / 'one.txt').unlink()
    run_steps([first, second], layout)
    assert (calls(layout, 'one'), calls(layout, 'two')) == (2, 2)


def test_a_changed_config_counts_as_another_setting(layout, tmp_path):
    config = tmp_path / 'config.py'
    config.write_text('a = 1')
    step = writer(layout, 'one', 'a', configs=(config,))
    run_steps([step], layout)
    config.write_text('a = 2')
    run_steps([step], layout)
    assert calls(layout, 'one') == 2


def test_failure_names_log_and_cause_and_leaves_no_note(layout):
    script = "print('error: x.tif: bad; mend it'); raise SystemExit(2)"
    step = Step(
        'bad', 'Fail', ((sys.executable, '-c', script),), (layout.out / 'x',)
    )
    with pytest.raises(InputError, match=r'step bad failed: x\.tif: bad'):
        run_steps([step], layout)
    assert read_stamp(layout.stamps, 'bad') is None
    assert 'mend it' in (layout.logs / 'bad.log').read_text()


def test_a_step_that_makes_nothing_is_an_error(layout):
    step = Step(
        'idle', 'Idle', ((sys.executable, '-c', ''),), (layout.out / 'x',)
    )
    with pytest.raises(InputError, match='ended without'):
        run_steps([step], layout)


def test_side_by_side_commands_end_together(tmp_path):
    """One fails at once; the other would take a minute and is ended."""
    mark = tmp_path / 'late'
    sleeper = f'import time; time.sleep(60); open({str(mark)!r}, "w")'
    commands = [
        (sys.executable, '-c', sleeper),
        (sys.executable, '-c', 'raise SystemExit(3)'),
    ]
    logs = [tmp_path / 'a.log', tmp_path / 'b.log']
    assert run_commands(commands, logs) == 1
    assert not mark.exists()


def test_progress_is_shown_where_there_is_no_terminal(
    tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr('geokr_mm.demo.process.LINE', 0.0)
    script = (
        "print('scenes: 3/14, 22 s', flush=True); import time; time.sleep(1.5)"
    )
    failed = run_commands(
        [(sys.executable, '-c', script)], [tmp_path / 'a.log']
    )
    assert failed is None
    assert 'scenes: 3/14' in capsys.readouterr().out


@pytest.mark.parametrize(
    ('line', 'expected'),
    [
        (
            '11/21 - mmengine - INFO - Iter(train) [ 75/180]  base_lr: 7e-4',
            'Iter(train) [ 75/180]',
        ),
        (
            'x - INFO - Epoch(train)  [3][3/3]  lr: 4e-4',
            'Epoch(train) [3][3/3]',
        ),
        ('run 2/6: geokr, seed 0', 'run 2/6: geokr, seed 0'),
        ('nothing to see', ''),
    ],
)
def test_signs_of_progress(tmp_path, line, expected):
    log = tmp_path / 'x.log'
    log.write_text(f'begin\n{line}\nend of it\n')
    assert last_progress(log) == expected


def test_last_line_prefers_an_error(tmp_path):
    log = tmp_path / 'x.log'
    log.write_text('error: a; b\nleftover\n')
    assert last_line(log) == 'a; b'
    log.write_text('one\ntwo\n\n')
    assert last_line(log) == 'two'
    assert last_line(tmp_path / 'none') == 'nothing was written'


def test_a_folder_with_other_things_is_left_alone(tmp_path):
    (tmp_path / 'thesis.tex').write_text('years of work')
    for fresh in (False, True):
        with pytest.raises(InputError, match='holds other things'):
            prepare(tmp_path, fresh)
    assert (tmp_path / 'thesis.tex').read_text() == 'years of work'


def test_fresh_clears_the_demos_own_folder(layout):
    run_steps([writer(layout, 'one', 'a')], layout)
    prepare(layout.out, fresh=True)
    assert [p.name for p in layout.out.iterdir()] == [demo_run.MARK]


@pytest.mark.parametrize('planet', [False, True])
def test_plan_is_made_of_commands_that_exist(repo, tmp_path, planet):
    steps = plan(Layout(repo, tmp_path, 2, planet))
    first = ['world', 'index'] if planet else ['earth', 'index', 'labels']
    rest = ['pretrain', 'export', 'tasks', 'page']
    assert [s.name for s in steps] == first + rest
    for step in steps:
        for command in step.commands:
            scripts = [w for w in command if w.endswith('.py')]
            assert scripts and all(Path(w).is_file() for w in scripts)
            assert not any(c in word for word in command for c in '{}')
            assert all(path.is_file() for path in step.configs)
    names = {path.name for path in steps[-4].configs}
    assert {'geokr_resnet18.py', 'default_runtime.py'} <= names


def test_commands_are_printed_as_typed(repo, monkeypatch):
    monkeypatch.chdir(repo)
    inside = Layout(repo, Path('demo'), planet=True)
    steps = {step.name: step for step in plan(inside)}
    assert printable(steps['world'].commands[0]) == (
        'python tools/make_world.py --preset demo --seed 0 demo/world'
    )
    text = printable(steps['tasks'].commands[0])
    assert text.startswith('GEOKR_WORLD=demo/world python tools/finetune.py ')
    assert '--seeds 0 1 2' in text


def test_without_the_earth_it_is_the_planet(layout, monkeypatch, capsys):
    def failing(of: Layout) -> list[Step]:
        name = 'world' if of.planet else 'earth'
        script = f"print('error: no {name}'); raise SystemExit(2)"
        command = (sys.executable, '-c', script)
        return [Step(name, name, (command,), (of.out / name,))]

    monkeypatch.setattr(demo_run, 'plan', failing)
    with pytest.raises(InputError, match='step world failed: no world'):
        demo_run.run_demo(layout)
    shown = capsys.readouterr().out
    assert 'the synthetic planet instead: step earth failed: no ear' in shown
