"""Cards, converters, configs and the page of all sets agree."""

import runpy
from pathlib import Path

import pytest
from mmengine.config import Config

from geokr_mm.errors import InputError
from geokr_mm.zoo import list_cards, load_card
from geokr_mm.zoo.published import load_published

HEADS = ('head', 'decode_head', 'auxiliary_head', 'bbox_head')


@pytest.fixture(scope='module')
def page(repo):
    return runpy.run_path(str(repo / 'docs' / 'make_zoo_page.py'))


@pytest.fixture(scope='module')
def entries(page):
    return page['read_configs']()


def test_page_and_metafile_are_up_to_date(page, entries):
    """If not: python docs/make_zoo_page.py."""
    assert page['PAGE'].read_text() == page['zoo_page'](entries)
    assert page['METAFILE'].read_text() == page['metafile'](entries)
    assert page['README'].read_text() == page['readme'](entries)


@pytest.mark.parametrize('name', list_cards())
def test_a_set_has_a_converter_with_help(name, run_here, capsys):
    with pytest.raises(SystemExit, match='0'):
        run_here(f'dataset_converters/{name}.py', '--help')
    printed = capsys.readouterr().out
    assert f'python tools/dataset_converters/{name}.py' in printed
    assert load_card(name).address in printed


@pytest.mark.parametrize('name', list_cards())
def test_a_set_has_configs(name, entries):
    own = [e for e in entries if e.card and e.card.name == name]
    starts = {entry.start for entry in own}
    assert {'random', 'GeoKR'} <= starts
    classes = list(load_card(name).classes)
    lists = {f'train_{protocol}' for protocol in load_card(name).protocols}
    for entry in own:
        few = entry.settings.train_dataloader.dataset.get('lists')
        assert few is None or Path(few).name in lists
        assert f'dataset_converters/{name}.py' in texts(entry.path)
        model = entry.settings.model
        model = model.get('roi_head', model)
        heads = [model[key] for key in HEADS if key in model]
        assert {head.num_classes for head in heads} == {len(classes)}
        images = entry.settings.test_dataloader.dataset
        if 'metainfo' in images:
            assert list(images.metainfo.classes) == classes


def texts(path):
    """A config and its bases as text."""
    text = path.read_text()
    for base in Config._get_base_files(str(path)):
        text += texts((path.parent / base).resolve())
    return text


FOLDER = Path(__file__).resolve().parents[2] / 'configs' / 'downstream'
LEAVES = [
    path
    for path in sorted(FOLDER.glob('mm*/*.py'))
    if '_base_/datasets/' in path.read_text()
]


def test_twins_have_the_same_text_but_for_the_start():
    for path in LEAVES:
        for start in ('_geokr-pre', '_imagenet-pre'):
            if f'{start}_' in path.name:
                twin = path.with_name(path.name.replace(start, '_random'))
                assert path.read_text().count(start) == 1
                assert path.read_text().replace(start, '') == twin.read_text()


def test_starts_differ_in_init_cfg_only():
    found = 0
    for path in sorted((FOLDER / '_base_/models').glob('*-pre.py')):
        settings = Config.fromfile(path).to_dict()
        init = settings['model']['backbone'].pop('init_cfg')
        checkpoint = settings.pop('checkpoint')
        assert init == dict(type='Pretrained', checkpoint=checkpoint)
        name = path.name.replace('_geokr-pre', '').replace('_imagenet-pre', '')
        random = Config.fromfile(path.with_name(name)).to_dict()
        assert settings == random
        assert 'init_cfg' not in random['model']['backbone']
        found += 1
    assert found >= 8


def test_every_leaf_has_twins_and_is_guarded():
    """Of three bands also from ImageNet, which has no others."""
    for path in LEAVES:
        text = path.read_text()
        assert 'runtime.py' in text
        if '_random_' in path.name:
            starts = ['geokr-pre']
            starts += ['imagenet-pre'] * ('in_channels' not in text)
            for start in starts:
                name = path.name.replace('_random_', f'_{start}_')
                assert path.with_name(name).is_file()
    for runtime in (FOLDER / '_base_').glob('*_runtime.py'):
        hooks = [h['type'] for h in Config.fromfile(runtime).custom_hooks]
        assert 'geokr_mm.PretrainedGuardHook' in hooks


def layers(path):
    """Files from a config down to its last base."""
    bases = Config._get_base_files(str(path))
    return 1 + max((layers(path.parent / base) for base in bases), default=0)


def test_chains_are_at_most_three_deep():
    assert max(map(layers, LEAVES)) <= 3


def test_an_unknown_set():
    with pytest.raises(InputError, match='atlantis: no such data set; .*aid'):
        load_card('atlantis')


def test_published_numbers_are_of_the_cards(page, entries):
    """Each names a set, a protocol of it, and what compares."""
    for entry in load_published():
        card = load_card(entry.set)
        assert entry.protocol is None or entry.protocol in card.protocols
        same = 'same' in entry.compares
        assert same == (entry.protocol is not None), entry
        assert all(0 < value <= 100 for value in entry.values.values())
        assert entry.source.startswith('https://')
    text = page['zoo_page'](entries)
    assert '| RSP ResNet-50 | `20` | fine-tuned, 200 epochs at 224' in text
    assert '| `swin-v2` |' in text
