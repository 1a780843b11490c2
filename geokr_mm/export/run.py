"""A pre-training run read back: its network and its configuration."""

from pathlib import Path
from typing import Any

from ..errors import InputError
from .checkpoint import read_checkpoint

TABLE = 'label_correction.offsets'


def load_run(checkpoint: str | Path) -> tuple[Any, Any, dict[str, Any]]:
    """Build the model of a training checkpoint and load its tensors.

    Args:
        checkpoint (str | Path): Checkpoint of a GeoKR pre-training run.

    Returns:
        tuple: The model in evaluation mode, the run's configuration, and
        what the checkpoint says about the knowledge it was taught, see
        :class:`geokr_mm.KnowledgeCardHook`.

    Raises:
        InputError: If the checkpoint is not of GeoKR, or its tensors do not
            fit the configuration stored with them.
    """
    from mmengine.config import Config
    from mmengine.registry import init_default_scope

    from ..registry import MODELS

    content = read_checkpoint(checkpoint)
    meta = content.get('meta') or {}
    text = meta.get('cfg')
    if not text or 'geokr_mm.GeoKR' not in text:
        raise InputError(
            f'{checkpoint}: not a checkpoint of a GeoKR pre-training run; '
            'give the one that tools/train.py wrote'
        )
    config = Config.fromstring(text, '.py')
    init_default_scope('mmpretrain')
    model = MODELS.build(config.model)
    state = content['state_dict']
    if TABLE in state:
        # As in training, where a hook sizes it after the training set.
        model.label_correction.resize(len(state[TABLE]))
    try:
        model.load_state_dict(state)
    except RuntimeError as error:
        first = str(error).strip().splitlines()[-1].strip()
        raise InputError(
            f'{checkpoint}: tensors do not fit the configuration stored with '
            f'them ({first}); train again'
        ) from None
    model.eval()
    return model, config, meta.get('geokr') or {}


def trained_on(config: Any) -> dict[str, Any]:
    """Settings of a run's training dataset, below any wrappers.

    Args:
        config (Config): Of the run.
    """
    dataset = config.train_dataloader.dataset
    while 'dataset' in dataset:
        dataset = dataset['dataset']
    return dict(dataset)
