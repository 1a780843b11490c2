"""model-index.yml, metafiles and configs agree."""

from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
INDEX = yaml.safe_load((ROOT / 'model-index.yml').read_text())
METAFILES = INDEX['Import']


def entries(metafile: str, kind: str) -> list[dict]:
    return yaml.safe_load((ROOT / metafile).read_text()).get(kind) or []


def test_every_metafile_is_imported():
    found = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / 'configs').rglob('metafile.yml')
    }
    assert set(METAFILES) == found


@pytest.mark.parametrize('metafile', METAFILES)
def test_paths_and_names_in_a_metafile(metafile):
    collections = {
        item['Name']: item for item in entries(metafile, 'Collections')
    }
    assert collections
    for item in collections.values():
        assert (ROOT / item['README']).is_file()
    for model in entries(metafile, 'Models'):
        assert (ROOT / model['Config']).is_file(), model['Name']
        assert Path(model['Config']).stem == model['Name']
        assert model['In Collection'] in collections
        for downstream in model.get('Downstream') or []:
            assert (ROOT / downstream['Config']).is_file()


def test_every_config_is_in_one_metafile():
    listed = [
        model['Config']
        for metafile in METAFILES
        for model in entries(metafile, 'Models')
    ]
    shipped = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / 'configs').rglob('*.py')
        if '_base_' not in path.parts
    }
    assert len(listed) == len(set(listed))
    assert set(listed) == shipped


def test_config_names_are_unique():
    """mim looks for the bare name and stops at two hits."""
    names = [path.name for path in (ROOT / 'configs').rglob('*.py')]
    assert sorted(names) == sorted(set(names))
