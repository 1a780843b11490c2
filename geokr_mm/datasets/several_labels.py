"""Scenes with several labels each, by a list."""

from pathlib import Path
from typing import Any

from mmengine.dataset import BaseDataset

from geokr_mm.errors import InputError
from geokr_mm.registry import DATASETS


@DATASETS.register_module()
class SeveralLabels(BaseDataset):
    """Images of a list: one a line, path and numbers, as in ``a.tif 0,5``.

    Args:
        **kwargs: Of :class:`mmengine.dataset.BaseDataset`; ``ann_file`` is
            the list.

    Raises:
        InputError: If there is no such list, or a line is another.
    """

    def load_data_list(self) -> list[dict[str, Any]]:
        """List images as ``img_path`` and ``gt_label``."""
        path = Path(self.ann_file)
        if not path.is_file():
            raise InputError(
                f'{path}: no such list; prepare the set with a tool of '
                'tools/dataset_converters'
            )
        folder = Path(self.data_prefix['img_path'])
        return [self._row(line, folder) for line in path.open()]

    def _row(self, line: str, folder: Path) -> dict[str, Any]:
        name, _, numbers = line.rstrip('\n').rpartition(' ')
        try:
            labels = [int(number) for number in numbers.split(',') if number]
        except ValueError:
            raise InputError(
                f'{self.ann_file}: {line!r} is no path and numbers; prepare '
                'the set anew'
            ) from None
        return dict(img_path=str(folder / name), gt_label=labels)
