"""The labels that a run ended with, for the patches that it was taught."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..geo.index import KnowledgeIndex
from .run import load_run, trained_on

Use = Literal['correction', 'student', 'teacher']


def learned_labels(
    checkpoint: str | Path, index: str | Path, use: Use = 'correction'
) -> NDArray[np.float32]:
    """Class fractions that a run would rather teach than the map's.

    Args:
        checkpoint (str | Path): Checkpoint of a GeoKR pre-training run.
        index (str | Path): The index that it was trained on.
        use (str): ``'correction'`` takes what its ``label_correction`` made
            of the map's labels, ``'student'`` and ``'teacher'`` what that
            network reads in the patches. Defaults to 'correction'.

    Returns:
        ndarray: (N, K) in the order of ``index.kept()``.

    Raises:
        InputError: If the run has no correction or no such network, or was
            trained on another index.
    """
    if use != 'correction':
        return _read(checkpoint, index, (use,))[0]
    return _corrected(checkpoint, index)


def selection_weights(
    checkpoint: str | Path,
    index: str | Path,
    keep: float = 0.5,
    sharpness: float = 1.0,
) -> NDArray[np.float32]:
    """How much each patch would count under a run's networks and the index.

    Args:
        checkpoint (str | Path): Checkpoint of a run with a teacher.
        index (str | Path): A knowledge index with the same legend. Where it
            combines several maps, their common label is judged.
        keep (float), sharpness (float): See
            :class:`geokr_mm.ConfidenceSelection`.

    Returns:
        ndarray: (N, ) in the order of ``index.kept()``, 0 to 1.

    Raises:
        InputError: If the run has no teacher.
    """
    import torch

    from ..models.knowledge import Knowledge
    from ..models.labels import ConfidenceSelection

    student, teacher = _read(checkpoint, index, ('student', 'teacher'))
    kept = KnowledgeIndex.open(index).kept()
    known = Knowledge(
        fractions=torch.tensor(kept.soft_fractions),
        valid=torch.tensor(kept.valid_fraction),
        confidence=torch.tensor(kept.confidence),
        disagreement=torch.tensor(kept.disagreement),
        change=torch.tensor(kept.change),
    )
    pick = ConfidenceSelection(len(kept.classes), keep, sharpness=sharpness)
    weights = pick.final_weights(
        known, torch.tensor(student), torch.tensor(teacher)
    )
    return np.asarray(weights.numpy(), np.float32)


def _read(
    checkpoint: str | Path, index: str | Path, branches: Sequence[str]
) -> list[NDArray[np.float32]]:
    # The page of an index shows the same numbers.
    from ..visualization.predict import read_fractions

    read = read_fractions(checkpoint, index)
    for name in branches:
        if name not in read:
            raise InputError(
                f'{checkpoint}: a run without {name}; it has {", ".join(read)}'
            )
    return [np.asarray(read[name], np.float32) for name in branches]


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
    taught = card.get('index_hash')
    if taught != index.metadata.inputs_hash:
        raise InputError(
            f'{path}: not the index that {checkpoint} was trained on; give '
            f'the one whose inputs hash is {taught}'
        )
    names = about.get('classes')
    if names is not None and tuple(names) != tuple(index.classes):
        raise InputError(
            f'{checkpoint}: was taught {len(names)} of {len(index.classes)} '
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
