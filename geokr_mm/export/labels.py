"""The labels of a run at its end, for the patches of its training set."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..geo.index.knowledge_index import KnowledgeIndex
from .checkpoint import read_checkpoint
from .predict import load_run, read_fractions, trained_on
from .teacher import teacher_moves

Use = Literal['correction', 'student', 'teacher']


def learned_labels(
    checkpoint: str | Path,
    index: str | Path,
    uses: Sequence[Use] = ('correction',),
) -> dict[str, NDArray[np.float32]]:
    """Class fractions of a run, in place of the map's.

    Args:
        checkpoint (str | Path): Checkpoint of a GeoKR pre-training run.
        index (str | Path): The index that it was trained on.
        uses (Sequence[str]): ``'correction'`` takes what its
            ``label_correction`` made of the map's labels, ``'student'`` and
            ``'teacher'`` what that network reads in the patches. Defaults to
            the first.

    Returns:
        dict: From use to (N, K) in the order of ``index.kept()``.

    Raises:
        InputError: If the run has no correction or no such network, its
            teacher never moved, or it was trained on another index.
    """
    found = {}
    if 'correction' in uses:
        found['correction'] = _corrected(checkpoint, index)
    networks = [use for use in uses if use != 'correction']
    if networks:
        if 'teacher' in networks:
            content = read_checkpoint(checkpoint)
            if any(
                key.startswith('teacher.') for key in content['state_dict']
            ):
                teacher_moves(content, checkpoint, '--use student')
        read = read_fractions(checkpoint, index)
        for use in networks:
            if use not in read:
                raise InputError(
                    f'{checkpoint}: a run without {use}; it has '
                    f'{", ".join(read)}'
                )
            found[use] = np.asarray(read[use], np.float32)
    return {use: found[use] for use in uses}


def selection_weights(
    index: KnowledgeIndex,
    student: NDArray[np.float32],
    teacher: NDArray[np.float32],
    keep: float = 0.5,
    sharpness: float = 1.0,
) -> NDArray[np.float32]:
    """How much each patch would count under two networks and the index.

    Args:
        index (KnowledgeIndex): N patches. Where it combines several maps,
            their common label counts.
        student (ndarray), teacher (ndarray): What these read, (N, K).
        keep (float), sharpness (float): See
            :class:`geokr_mm.ConfidenceSelection`.

    Returns:
        ndarray: (N, ), 0 to 1.
    """
    import torch

    from ..models.knowledge import Knowledge
    from ..models.labels import ConfidenceSelection

    known = Knowledge(
        fractions=torch.tensor(index.soft_fractions),
        valid=torch.tensor(index.valid_fraction),
        confidence=torch.tensor(index.confidence),
        disagreement=torch.tensor(index.disagreement),
        change=torch.tensor(index.change),
    )
    pick = ConfidenceSelection(len(index.classes), keep, sharpness=sharpness)
    weights = pick.final_weights(
        known, torch.tensor(student), torch.tensor(teacher)
    )
    return np.asarray(weights.numpy(), np.float32)


def _corrected(
    checkpoint: str | Path, path: str | Path
) -> NDArray[np.float32]:
    import torch

    model, config, card = load_run(checkpoint)
    about = trained_on(config)
    settled = getattr(model.label_correction, 'settled', None)
    if settled is None:
        raise InputError(
            f'{checkpoint}: a run without learned label correction; train '
            'with label_correction=dict(type="geokr_mm.PatchCorrection"), '
            'see configs/geco, or use what its teacher reads'
        )
    index = KnowledgeIndex.open(path)
    # Rows of the table are those of the index, so it must be the same one.
    trained = card.get('index_hash')
    if trained != index.metadata.inputs_hash:
        raise InputError(
            f'{path}: not the index that {checkpoint} was trained on; give '
            f'the one whose inputs hash is {trained}'
        )
    names = about.get('classes')
    if names is not None and tuple(names) != tuple(index.classes):
        raise InputError(
            f'{checkpoint}: learned {len(names)} of {len(index.classes)} '
            'classes, so its labels do not fill the index'
        )
    used = index.kept() if about.get('keep_only', True) else index
    plain = used.soft_fractions if about.get('soft_labels') else used.fractions
    with torch.inference_mode():
        labels = settled(torch.tensor(plain), torch.arange(len(plain)))
    found = np.asarray(labels.numpy(), np.float32)
    return (
        found if about.get('keep_only', True) else found[used.column('keep')]
    )
