"""Scene classification sets that come as one folder, without a split."""

from pathlib import Path
from typing import Any, Literal

from mmengine.dataset import BaseDataset

from geokr_mm.errors import InputError
from geokr_mm.registry import DATASETS

SUFFIXES = ('.jpg', '.jpeg', '.png', '.tif', '.tiff', '.bmp')


@DATASETS.register_module()
class SceneFolder(BaseDataset):
    """One sub-folder for each class, split by position in the folder.

    Of each class, sorted by name, every ``every``-th image is for testing
    and the others are for training. Neighbours in the listing often show
    neighbouring places or one scale; taking turns spreads them evenly.

    Args:
        data_root (str): Folder with the classes' folders.
        split (str): ``'train'``, ``'test'`` or ``'all'``. Defaults to 'all'.
        every (int): 2 or more. Defaults to 2: half and half.
        classes (Sequence[str], optional): Folder names in order of their
            labels. Defaults to None: all, sorted.
        **kwargs: Of :class:`mmengine.dataset.BaseDataset`.

    Raises:
        InputError: If the folder or a class in it is missing.
    """

    def __init__(
        self,
        data_root: str,
        split: Literal['train', 'test', 'all'] = 'all',
        every: int = 2,
        classes: list[str] | None = None,
        **kwargs: Any,
    ) -> None:
        root = Path(data_root)
        if not root.is_dir():
            raise InputError(
                f'{data_root}: no such folder of images; correct '
                'data_root or set GEOKR_DATA'
            )
        if split not in ('train', 'test', 'all') or every < 2:
            raise ValueError(
                f'split={split!r}, every={every}: split is '
                'train, test or all and every 2 or more'
            )
        self.split = split
        self.every = every
        names = classes or sorted(p.name for p in root.iterdir() if p.is_dir())
        super().__init__(
            data_root=data_root, metainfo=dict(classes=tuple(names)), **kwargs
        )

    def load_data_list(self) -> list[dict[str, Any]]:
        """List images as ``img_path`` and ``gt_label``."""
        rows = []
        for label, name in enumerate(self.metainfo['classes']):
            folder = Path(self.data_root) / name
            files = sorted(
                p
                for p in (folder.iterdir() if folder.is_dir() else ())
                if p.suffix.lower() in SUFFIXES
            )
            if not files:
                raise InputError(
                    f'{folder}: holds no images; each class '
                    'needs a folder of its name'
                )
            for number, path in enumerate(files):
                part = 'train' if (number + 1) % self.every else 'test'
                if self.split in ('all', part):
                    rows.append(dict(img_path=str(path), gt_label=label))
        return rows

    def get_cat_ids(self, idx: int) -> list[int]:
        """Class of one image, for samplers of mmpretrain."""
        return [int(self.get_data_info(idx)['gt_label'])]
