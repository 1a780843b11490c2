"""Cloud masks from several sensors, with one legend."""

from pathlib import Path
from typing import Any, Literal

from mmengine.dataset import BaseDataset

from geokr_mm.errors import InputError
from geokr_mm.registry import DATASETS

# Codes of each source as label: 0 clear, 1 cloud. The Sentinel-2 sources
# (l1c, l2a) have thick and thin cloud, which are cloud, and shadow, which
# is clear of it.
LABELS = {
    'gf1': {0: 0, 1: 1},
    'gf2': {0: 0, 1: 1},
    'hrc_whu': {0: 0, 1: 1},
    'l1c': {0: 0, 1: 1, 2: 1, 3: 0},
    'l2a': {0: 0, 1: 1, 2: 1, 3: 0},
}


@DATASETS.register_module()
class CloudPairs(BaseDataset):
    """Image and mask pairs in ``SOURCE/img`` and ``SOURCE/mask``.

    Of each source, sorted by name, the last pair is for testing and those
    before it are for training. The rows fit mmsegmentation's transforms.

    Args:
        data_root (str): Folder with the sources' folders.
        split (str): ``'train'`` or ``'test'``.
        sources (Sequence[str]): Defaults to all of :data:`LABELS`.
        **kwargs: Of :class:`mmengine.dataset.BaseDataset`.

    Raises:
        InputError: If a source is unknown, or a pair is not complete.
    """

    METAINFO = dict(
        classes=('clear', 'cloud'), palette=[[70, 110, 160], [245, 245, 245]]
    )

    def __init__(
        self,
        data_root: str,
        split: Literal['train', 'test'],
        sources: tuple[str, ...] = tuple(LABELS),
        **kwargs: Any,
    ) -> None:
        unknown = [name for name in sources if name not in LABELS]
        if unknown or split not in ('train', 'test'):
            raise InputError(
                f'CloudPairs: sources={list(sources)}, split='
                f'{split!r}; sources are {", ".join(LABELS)}, '
                'split is train or test'
            )
        self.split = split
        self.sources = tuple(sources)
        super().__init__(data_root=data_root, **kwargs)

    def load_data_list(self) -> list[dict[str, Any]]:
        """List pairs as mmsegmentation's datasets do."""
        rows = []
        for source in self.sources:
            folder = Path(self.data_root) / source
            images = sorted((folder / 'img').glob('*.png'))
            if len(images) < 2:
                raise InputError(
                    f'{folder}/img: holds {len(images)} images, '
                    'at least two are needed; correct data_root '
                    'or set GEOKR_DATA'
                )
            chosen = images[:-1] if self.split == 'train' else images[-1:]
            for image in chosen:
                mask = folder / 'mask' / image.name
                if not mask.is_file():
                    raise InputError(f'{mask}: the mask of {image} is missing')
                rows.append(
                    dict(
                        img_path=str(image),
                        seg_map_path=str(mask),
                        label_map=LABELS[source],
                        reduce_zero_label=False,
                        seg_fields=[],
                    )
                )
        return rows
