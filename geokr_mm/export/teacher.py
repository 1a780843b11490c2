"""How often and how far the teacher of a checkpoint moved."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from ..errors import InputError
from .state import select_branch

# The hook that moves a teacher.
MOVER = 'EMATeacherHook'


def teacher_moves(
    checkpoint: Mapping[str, Any],
    source: str | Path,
    option: str = '--branch student',
) -> dict[str, float | None]:
    """Measure how far a teacher has come, and refuse one that never moved.

    Such a teacher holds the weights that the run began with: its features are
    those of a random start, whatever the student learned.

    Args:
        checkpoint (Mapping): A training checkpoint with a teacher.
        source (str | Path): Name of the file, for the error message.
        option (str): What takes the student in its place. Defaults to that
            of ``tools/export_backbone.py``.

    Returns:
        dict: ``moves``; ``start_share``, the weight in [0, 1] that its start
        still has in the average; and ``from_student``, the distance of the
        two backbones as a share of the student's length (L2 norms). The
        first two are None where the checkpoint is of a version that did not
        count.

    Raises:
        InputError: If it never moved.
    """
    state = checkpoint['state_dict']
    moves = state.get('teacher.moves')
    counted = moves is not None and int(moves) >= 0
    # Where nothing was counted, the text of the configuration shows the hook.
    text = (checkpoint.get('meta') or {}).get('cfg') or MOVER
    if not (int(moves) if counted else MOVER in text):
        raise InputError(
            f'{source}: its teacher never moved and is what the run began '
            f'with; take the student with {option}, or train with '
            f"dict(type='geokr_mm.{MOVER}', momentum=0.99) in custom_hooks"
        )
    share = state.get('teacher.start_share')
    return dict(
        moves=int(moves) if counted else None,
        start_share=float(share) if counted and share is not None else None,
        from_student=_distance(state, source),
    )


def moves_text(found: Mapping[str, float | None]) -> str:
    """The result of :func:`teacher_moves` in words."""
    moves, share = found['moves'], found['start_share']
    words = ['moves not counted (an older version)']
    if moves is not None:
        words = [f'moved {moves} time{"s" if moves != 1 else ""}']
    if share is not None:
        words.append(f'{share:.2%} of it is still its start')
    if found['from_student'] is not None:
        words.append(f'{found["from_student"]:.2%} away from the student')
    return ', '.join(words)


def _distance(
    state: Mapping[str, torch.Tensor], source: str | Path
) -> float | None:
    branches = []
    for name in ('teacher', 'student'):
        _, tensors = select_branch(state, name, source)
        floats = {k: t for k, t in tensors.items() if t.is_floating_point()}
        branches.append(floats)
    teacher, student = branches
    if not student or teacher.keys() != student.keys():
        return None
    apart = sum(
        float((teacher[k].double() - t.double()).square().sum())
        for k, t in student.items()
    )
    length = sum(float(t.double().square().sum()) for t in student.values())
    return (apart / length) ** 0.5 if length else None
