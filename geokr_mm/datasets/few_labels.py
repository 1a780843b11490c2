"""Using few of the labels that a dataset has."""

from pathlib import Path
from typing import Any

import numpy as np
from mmengine.dataset import BaseDataset
from numpy.typing import NDArray

from geokr_mm.errors import InputError
from geokr_mm.registry import DATASETS
from geokr_mm.zoo.convert import warn_of_piece
from geokr_mm.zoo.lists import list_name, orders

from .part import Part


@DATASETS.register_module()
class FewLabels(Part):
    """A part of another dataset, the same for the same seed.

    Args:
        dataset (dict | BaseDataset): Any dataset of the OpenMMLab family.
        per_class (int, optional): Images of each class; for datasets with
            one class an image. Defaults to None.
        count (int, optional): Images in all. Defaults to None.
        share (float, optional): Share of the images, in (0, 1]; of each
            class alike where images have one class. Defaults to None. With
            none of the three all images are used.
        seed (int): Of the choice. Defaults to 0.
        lists (str, optional): Folder of lists of few labels that a converter
            of ``tools/dataset_converters`` wrote. They are used in place of
            a draw. Defaults to None.

    Raises:
        InputError: If more than one of the three is given, more images are
            wanted than there are, or there is no list of so many.
    """

    def __init__(
        self,
        dataset: dict[str, Any] | BaseDataset,
        per_class: int | None = None,
        count: int | None = None,
        share: float | None = None,
        seed: int = 0,
        lists: str | None = None,
    ) -> None:
        given = [v for v in (per_class, count, share) if v is not None]
        if len(given) > 1:
            raise InputError(
                'FewLabels: give one of per_class, count and '
                f'share, got {per_class}, {count} and {share}'
            )
        if share is not None and not 0 < share <= 1:
            raise InputError(
                f'FewLabels: share={share}; give a number above 0 and up to 1'
            )
        if isinstance(dataset, dict):
            dataset = DATASETS.build(dataset)
        self.dataset = dataset
        self.per_class = per_class
        self.count = count
        self.share = share
        self.seed = seed
        dataset.full_init()
        if lists is not None:
            warn_of_piece(Path(lists).parent)
        wanted = per_class is not None or share not in (None, 1)
        if lists is not None and count is None and wanted:
            self.indices = self._listed(Path(lists))
        else:
            self.indices = self._choose()

    def _listed(self, folder: Path) -> list[int]:
        """Images of a list, by number."""
        path = folder / list_name(self.seed, self.per_class, self.share)
        if not path.is_file():
            raise InputError(
                f'{path}: no such list; {folder} has '
                f'{", ".join(sorted(p.name for p in folder.glob("*.txt")))}'
            )
        lines = path.read_text().splitlines()
        number = {self._line(i): i for i in range(len(self.dataset))}
        absent = [line for line in lines if line not in number]
        if absent:
            raise InputError(
                f'{path}: {absent[0]!r} is not in the training set; prepare '
                'the set anew'
            )
        return [number[line] for line in lines]

    def _line(self, index: int) -> str:
        """Line of one image in a list: path below the images, and labels."""
        info = self.dataset.get_data_info(index)
        prefix = self.dataset.data_prefix
        folder = prefix.get('img_path', prefix.get('img', ''))
        name = Path(info['img_path']).relative_to(folder).as_posix()
        # Lists of mmsegmentation have names without it.
        name = name.removesuffix(getattr(self.dataset, 'img_suffix', ''))
        if 'gt_label' not in info:
            return name
        labels = np.atleast_1d(info['gt_label'])
        return f'{name} {",".join(map(str, labels))}'

    def _choose(self) -> list[int]:
        """Images of a draw; lists of few labels are such draws, stored."""
        labels = self._labels()
        chosen: list[int] = []
        for label, order in zip(
            np.unique(labels), orders(labels, self.seed), strict=True
        ):
            wanted = self._wanted(len(order))
            if not 0 < wanted <= len(order):
                raise InputError(
                    f'FewLabels: {wanted} images of class {label} wanted, '
                    f'there are {len(order)}'
                )
            chosen += order[:wanted].tolist()
        return sorted(chosen)

    def _wanted(self, total: int) -> int:
        """How many of ``total`` images of a class."""
        if self.per_class is not None:
            return self.per_class
        if self.share is not None:
            return max(1, round(total * self.share))
        return total if self.count is None else self.count

    def _labels(self) -> NDArray[np.int64]:
        """Class of each image; one for all where classes do not matter."""
        total = len(self.dataset)
        one = np.zeros(total, dtype=np.int64)
        if self.per_class is None and self.share is None:
            return one
        labels = [
            self.dataset.get_data_info(i).get('gt_label') for i in range(total)
        ]
        if all(isinstance(label, (int, np.integer)) for label in labels):
            return np.array(labels)
        if self.per_class is not None:
            raise InputError(
                'FewLabels: per_class needs images with one '
                'class each; give count or share'
            )
        return one
