"""The torchvision cure and the warning about untested versions."""

import subprocess
import sys
import warnings
from types import ModuleType

import pytest

from geokr_mm import compat
from geokr_mm.compat import ensure_segmentation, missing_operator


def python(code: str, path: str = '') -> subprocess.CompletedProcess:
    """Run code in a fresh interpreter, with one more folder to import from."""
    head = f'import sys; sys.path.insert(0, {path!r})\n' if path else ''
    return subprocess.run(
        [sys.executable, '-W', 'ignore', '-c', head + code],
        text=True,
        capture_output=True,
    )


@pytest.fixture
def fake(tmp_path):
    """Writes a torchvision of one's own and a torch that records."""

    def write(body: str) -> str:
        (tmp_path / 'torchvision').mkdir()
        (tmp_path / 'torchvision' / '__init__.py').write_text(body)
        (tmp_path / 'torch.py').write_text("""
class library:
    made = []
    class Library:
        def __init__(self, *args):
            library.made.append(args)
            self.defined = []
        def define(self, schema):
            library.made.append(schema)
""")
        return str(tmp_path)

    return write


def test_installed_torchvision_can_be_used():
    """With the pair at hand: cured if need be, left alone if it works."""
    plain = python('import torchvision')
    done = python("""
from geokr_mm.compat import ensure_torchvision
print(ensure_torchvision(), ensure_torchvision())
import torch, torchvision
from torchvision.transforms import functional
image = torch.arange(4.).reshape(1, 2, 2)
print(functional.hflip(image).flatten().tolist())
model = torchvision.models.resnet18(weights=None).eval()
print(tuple(model(torch.zeros(1, 3, 32, 32)).shape))
""")
    assert done.returncode == 0, done.stderr
    needed = plain.returncode != 0
    assert done.stdout.splitlines() == [
        f'{needed} False',
        '[1.0, 0.0, 3.0, 2.0]',
        '(1, 1000)',
    ]


@pytest.mark.slow
def test_registry_cures_before_mmpretrain():
    done = python('import geokr_mm.registry, mmpretrain.models')
    assert done.returncode == 0, done.stderr


def test_a_pair_that_imports_is_left_alone(fake):
    done = python(
        """
from geokr_mm.compat import ensure_torchvision
print(ensure_torchvision(), 'torch' in sys.modules)
""",
        fake('loaded = True\n'),
    )
    assert done.stdout.split() == ['False', 'False'], done.stderr


def test_missing_operators_are_declared_and_the_import_repeated(fake):
    done = python(
        """
from geokr_mm.compat import ensure_torchvision
print(ensure_torchvision())
import torch
print([m if isinstance(m, tuple) else m.split('(')[0]
       for m in torch.library.made])
print(sys.modules['torchvision'].loaded)
""",
        fake("""
import torch
if not torch.library.made:
    raise RuntimeError('operator torchvision::nms does not exist')
loaded = True
"""),
    )
    assert done.stdout.splitlines() == [
        'True',
        "[('torchvision', 'DEF'), 'nms', 'qnms']",
        'True',
    ], done.stderr


def test_other_failures_of_torchvision_are_not_hidden(fake):
    done = python(
        'from geokr_mm.compat import ensure_torchvision\nensure_torchvision()',
        fake("raise RuntimeError('broken disk')\n"),
    )
    assert done.returncode == 1
    assert 'RuntimeError: broken disk' in done.stderr


def test_no_torchvision_is_no_error(monkeypatch):
    monkeypatch.setattr(compat.importlib.util, 'find_spec', lambda name: None)
    assert compat.ensure_torchvision() is False


@pytest.fixture
def library(monkeypatch):
    """A loaded module of some version; forgets that it was warned about."""

    def load(version: str) -> None:
        module = ModuleType('mmtoy')
        module.__version__ = version
        monkeypatch.setitem(sys.modules, 'mmtoy', module)

    monkeypatch.setattr(compat, '_warned', set())
    return load


ROWS = (('mmtoy', '1.2', '2.0'), ('mmabsent', '1', '2'))


@pytest.mark.parametrize('version', ['1.1.9', '2.0.0', '2.0.0rc1', '3.1'])
def test_versions_outside_the_range_warn_once(library, version):
    library(version)
    if version == '2.0.0rc1':  # a candidate of 2.0 sorts before it
        with warnings.catch_warnings():
            warnings.simplefilter('error')
            compat.warn_untested(ROWS)
        return
    with pytest.warns(UserWarning, match=f'mmtoy {version} is outside'):
        compat.warn_untested(ROWS)
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        compat.warn_untested(ROWS)


@pytest.mark.parametrize('version', ['1.2', '1.2.0', '1.9.9'])
def test_versions_inside_the_range_are_silent(library, version):
    library(version)
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        compat.warn_untested(ROWS)


FORKS = {
    'mmengine': 'onedl-mmengine',
    'mmcv': 'onedl-mmcv',
    'mmpretrain': 'onedl-mmpretrain',
    'mmseg': 'onedl-mmsegmentation',
    'mmdet': 'onedl-mmdetection',
}
# Upstream mmdetection needs compiled ops and is not tested.
ORIGINALS = {
    'mmengine': 'mmengine',
    'mmcv': 'mmcv-lite',
    'mmpretrain': 'mmpretrain',
    'mmseg': 'mmsegmentation',
}


@pytest.mark.parametrize(
    ('file', 'name_of'),
    [
        ('constraints.txt', FORKS),
        ('constraints-openmmlab.txt', ORIGINALS),
    ],
)
def test_the_tested_sets_are_inside_the_range(repo, file, name_of):
    """The pinned versions and compat.TESTED must not drift apart."""
    from packaging.version import Version

    pins = dict(
        line.split(' ;')[0].strip().split('==')
        for line in (repo / file).read_text().splitlines()
        if line and not line.startswith(('#', '-c'))
    )
    assert {row[0] for row in compat.TESTED} >= set(name_of)
    for module, first, above in compat.TESTED:
        if module not in name_of:
            continue
        pin = Version(pins[name_of[module]])
        assert Version(first) <= pin < Version(above), module


def test_an_operator_that_is_not_there():
    # The fork needs no stand-in; upstream.py imports the original with one.
    assert ensure_segmentation() is False
    with pytest.raises(ImportError, match='point_sample is a compiled'):
        missing_operator('point_sample')(1, scale=2)
    with pytest.raises(AttributeError):
        missing_operator('__path__')
