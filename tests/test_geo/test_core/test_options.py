"""Options as fields: one place for default, help and command-line form."""

import argparse
from dataclasses import dataclass, fields

import pytest

from geokr_mm.errors import InputError
from geokr_mm.geo.converters.levir_labels import LevirOptions
from geokr_mm.geo.core.options import (
    add_arguments,
    comma_list,
    option,
    read_options,
    unstored_flags,
)
from geokr_mm.geo.pipeline.cli import parser
from geokr_mm.geo.pipeline.options import BuildOptions, RunOptions


@dataclass(frozen=True)
class Options:
    name: str = option(help='needed')
    words: tuple[str, ...] = option((), read=comma_list)
    side: int | None = option(None, flag='--edge', type=int)
    smooth: bool = option(True, flag='--rough', action='store_false')
    place: str = option('here', stored=False)
    brief: bool = option(False, stored=False, action='store_true')


def parsed(*words):
    made = argparse.ArgumentParser()
    add_arguments(made, Options)
    return made.parse_args(words)


def test_what_is_not_given_keeps_the_default_of_the_field():
    assert read_options(Options, parsed('--name', 'a')) == Options('a')
    other = read_options(Options, parsed('--name', 'a'), place='there')
    assert other == Options('a', place='there')


def test_arguments_become_fields():
    given = parsed(
        '--name', 'a', '--words', 'x, y,', '--edge', '3', '--rough',
        '--place', 'p', '--brief',
    )  # fmt: skip
    assert read_options(Options, given) == Options(
        'a', ('x', 'y'), 3, False, 'p', True
    )


def test_a_field_without_default_is_required(capsys):
    with pytest.raises(SystemExit):
        parsed('--words', 'a')
    assert '--name' in capsys.readouterr().err


def test_what_an_index_does_not_store():
    assert unstored_flags(Options) == {'--place': True, '--brief': False}
    flags = unstored_flags(BuildOptions, RunOptions)
    assert flags == {
        '--out': True, '--checksums': True, '--workers': True,
        '--scheduler': True, '--resume': False, '--quiet': False,
        '--max-bad-fraction': True,
    }  # fmt: skip


@pytest.mark.parametrize('options', [BuildOptions, RunOptions, LevirOptions])
def test_every_option_is_an_argument_with_help(options):
    for field in fields(options):
        assert field.metadata['argument']['help'], field.name


def test_the_command_has_each_flag_once():
    flags = [
        flag for action in parser()._actions for flag in action.option_strings
    ]
    assert len(flags) == len(set(flags))
    assert {'--scenes', '--map', '--no-scaling', '--plain-coverage'} <= set(
        flags
    )


def test_codes_that_are_no_numbers_are_refused():
    words = ['--scenes', 's', '--patch-size', '8', '--out', 'o']
    given = parser().parse_args([*words, '--cloud-codes', '8,x'])
    with pytest.raises(InputError, match="--cloud-codes '8,x': give whole"):
        read_options(BuildOptions, given, product='', land_cover=())
