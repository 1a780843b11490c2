"""A part of another dataset."""

from typing import Any

from mmengine.dataset import BaseDataset


class Part:
    """Some images of another dataset, as samplers and loops take them.

    Attributes:
        dataset (BaseDataset): Complete, or a part itself.
        indices (list[int]): Its images that the part has.
    """

    dataset: BaseDataset
    indices: list[int]

    @property
    def metainfo(self) -> dict[str, Any]:
        """Class names and the like, of the whole dataset."""
        return self.dataset.metainfo

    def full_init(self) -> None:
        """Nothing is left to do; samplers and loops call this."""

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, index: int) -> Any:
        return self.dataset[self.indices[index]]

    def get_data_info(self, index: int) -> dict[str, Any]:
        """Description of one image of the part."""
        return self.dataset.get_data_info(self.indices[index])

    def get_cat_ids(self, index: int) -> list[int]:
        """Classes of one image of the part."""
        return self.dataset.get_cat_ids(self.indices[index])
