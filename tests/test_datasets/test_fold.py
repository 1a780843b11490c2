"""A part of a training set that is held out."""

import pytest
from mmengine.dataset import BaseDataset

from geokr_mm.datasets import FewLabels, Fold
from geokr_mm.errors import InputError


class Numbers(BaseDataset):
    """Ten images of two classes in turn, by number."""

    def load_data_list(self):
        return [dict(number=i, gt_label=i % 2) for i in range(10)]


def numbers(part):
    return [part.get_data_info(i)['number'] for i in range(len(part))]


def test_every_class_is_held_out_alike():
    fit, apart = (Fold(Numbers(), held_out=side) for side in (False, True))
    # The fifth of the even and of the odd numbers.
    assert numbers(apart) == [8, 9]
    assert numbers(fit) == [0, 1, 2, 3, 4, 5, 6, 7]
    assert [fit.get_data_info(i)['gt_label'] for i in range(8)] == [0, 1] * 4
    assert fit[3]['number'] == 3 and fit.metainfo == {}


def test_parts_of_few_labels_keep_within_them():
    few = FewLabels(Numbers(), count=6, seed=2)
    parts = [Fold(few, side, every=3) for side in (True, False)]
    found = [numbers(part) for part in parts]
    assert [len(some) for some in found] == [2, 4]
    assert sorted(found[0] + found[1]) == numbers(few)


def test_too_few_images_are_refused():
    with pytest.raises(InputError, match='one of 11 images .* there are 10'):
        Fold(Numbers(), held_out=True, every=11)
