"""A teacher that never moved is not what a run learned."""

import subprocess
import sys

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope

from geokr_mm.errors import InputError
from geokr_mm.export import export_backbone, moves_text
from geokr_mm.export.checkpoint import read_checkpoint
from geokr_mm.export.labels import learned_labels
from geokr_mm.export.teacher import teacher_moves
from geokr_mm.registry import MODELS

MODEL = dict(
    type='geokr_mm.GeoKR',
    backbone=dict(type='ResNet', depth=18, stem_channels=8, base_channels=8),
    head=dict(
        type='geokr_mm.GeographicKnowledgeHead', num_classes=4, in_channels=64
    ),
    correction=dict(type='geokr_mm.CorrectionLoss'),
)
EMA = dict(type='geokr_mm.EMATeacherHook', momentum=0.9)


@pytest.fixture
def model():
    torch.manual_seed(0)
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        built = MODELS.build(Config(MODEL).to_dict())
    built.init_weights()
    return built


def saved(model, path, hooks=(EMA,), counted=True):
    """A checkpoint of a model; older ones count no moves."""
    state = model.state_dict()
    if not counted:
        del state['teacher.moves'], state['teacher.start_share']
    config = dict(model=MODEL, custom_hooks=list(hooks))
    text = Config(config).pretty_text
    meta = dict(cfg=text, geokr=dict(config=config))
    torch.save(dict(meta=meta, state_dict=state), path)
    return path


def train(model, moves):
    """Shift the student's weights, then move the teacher."""
    for _ in range(moves):
        for value in model.backbone.parameters():
            value.data += 0.1
        model.teacher.follow(model, 0.9)


def test_moves_are_counted_and_the_share_of_the_start(model, tmp_path):
    train(model, 3)
    card = export_backbone(saved(model, tmp_path / 'a.pth'), tmp_path / 'b')
    about = card['teacher']
    assert about['moves'] == 3
    assert about['start_share'] == pytest.approx(0.9**3)
    # From the tensors themselves.
    student = model.backbone.state_dict()
    teacher = model.teacher.backbone.state_dict()
    names = [k for k, v in student.items() if v.is_floating_point()]
    apart = torch.cat([(teacher[k] - student[k]).flatten() for k in names])
    length = torch.cat([student[k].flatten() for k in names])
    expected = float(apart.norm() / length.norm())
    assert about['from_student'] == pytest.approx(expected, rel=1e-5)
    assert moves_text(about) == (
        'moved 3 times, 72.90% of it is still its start, '
        f'{expected:.2%} away from the student'
    )


def test_a_student_has_no_such_entry(model, tmp_path):
    path = saved(model, tmp_path / 'a.pth')
    card = export_backbone(path, tmp_path / 'b', 'student')
    assert card['teacher'] is None and card['branch'] == 'student'


@pytest.mark.parametrize('branch', ['teacher', None])
def test_a_teacher_that_never_moved_is_refused(model, tmp_path, branch):
    path = saved(model, tmp_path / 'a.pth')
    with pytest.raises(InputError, match='never moved.*--branch student'):
        export_backbone(path, tmp_path / 'b', branch)
    assert not (tmp_path / 'b.pth').exists()


def test_nor_are_labels_read_by_it(model, tmp_path, tiny_index):
    path = saved(model, tmp_path / 'a.pth')
    with pytest.raises(InputError, match='never moved.*--use student'):
        learned_labels(path, tiny_index, ['teacher'])


def test_older_checkpoints(model, tmp_path):
    """They count nothing; their configuration shows what moved it."""
    train(model, 1)
    path = saved(model, tmp_path / 'a.pth', counted=False)
    about = export_backbone(path, tmp_path / 'b')['teacher']
    assert about['moves'] is None and about['from_student'] > 0
    assert moves_text(about).startswith('moves not counted')
    saved(model, path, hooks=[dict(type='Other')], counted=False)
    with pytest.raises(InputError, match='never moved'):
        export_backbone(path, tmp_path / 'b')


def test_an_older_checkpoint_goes_on_uncounted(model, tmp_path):
    train(model, 2)
    state = read_checkpoint(saved(model, tmp_path / 'a.pth', counted=False))[
        'state_dict'
    ]
    model.load_state_dict(state)
    train(model, 1)
    assert model.teacher.moves == -1
    assert teacher_moves(
        read_checkpoint(saved(model, tmp_path / 'a.pth')), 'a.pth'
    )['moves'] is None  # fmt: skip
    model.teacher.begin(model)
    assert model.teacher.moves == 0 and model.teacher.start_share == 1


def test_weights_that_are_no_numbers_stay_behind(model, tmp_path):
    train(model, 1)
    model.backbone.conv1.weight.data[0] = float('nan')
    path = saved(model, tmp_path / 'a.pth')
    export_backbone(path, tmp_path / 'teacher')
    with pytest.raises(InputError, match=r'a\.pth: NaN.*conv1\.weight'):
        export_backbone(path, tmp_path / 'b', 'student')
    assert not (tmp_path / 'b.pth').exists()


def test_the_tool_says_how_far_it_came(model, tmp_path, repo):
    tool = [sys.executable, str(repo / 'tools' / 'export_backbone.py')]
    train(model, 2)
    path = saved(model, tmp_path / 'a.pth')
    done = subprocess.run(
        [*tool, path, tmp_path / 'b.pth'],
        capture_output=True,
        text=True,
        cwd=repo,
    )
    assert done.returncode == 0, done.stderr
    assert 'teacher       moved 2 times, 81.00% of it' in done.stdout
