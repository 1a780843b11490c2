"""model-index.yml, metafiles and configs agree."""

from pathlib import Path

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


def every(kind: str) -> list[dict]:
    return [item for file in METAFILES for item in entries(file, kind)]


def test_collections_have_a_page():
    names = [item['Name'] for item in every('Collections')]
    assert names
    assert len(names) == len(set(names))
    for item in every('Collections'):
        assert (ROOT / item['README']).is_file()


def test_models_name_what_exists():
    collections = {item['Name'] for item in every('Collections')}
    names = {item['Name'] for item in every('Models')}
    for model in every('Models'):
        assert (ROOT / model['Config']).is_file(), model['Name']
        assert Path(model['Config']).stem == model['Name']
        assert model['In Collection'] in collections
        assert set(model.get('Downstream') or []) <= names, model['Name']


def test_every_config_is_in_one_metafile():
    listed = [model['Config'] for model in every('Models')]
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
