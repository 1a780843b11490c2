"""Normalisation of more than three bands."""

import pytest
import torch

from geokr_mm.errors import InputError
from geokr_mm.models import BandDataPreprocessor


def test_each_band_has_its_own_mean_and_deviation():
    mean, std = [10.0, 20.0, 30.0, 40.0], [1.0, 2.0, 4.0, 8.0]
    preprocessor = BandDataPreprocessor(mean, std)
    view = torch.full((2, 4, 3, 3), 50, dtype=torch.uint8)
    out = preprocessor(dict(inputs=[view, view], data_samples=None))
    assert len(out['inputs']) == 2
    assert out['inputs'][0][0, :, 0, 0].tolist() == [40.0, 15.0, 5.0, 1.25]
    single = preprocessor(dict(inputs=view, data_samples=None))['inputs']
    assert torch.equal(single, out['inputs'][0])


@pytest.mark.parametrize(
    ('mean', 'std'),
    [
        ([1.0, 2.0], [1.0]),
        ([1.0, 2.0], [1.0, 0.0]),
    ],
)
def test_bad_statistics_are_refused(mean, std):
    with pytest.raises(ValueError, match='each band'):
        BandDataPreprocessor(mean, std)


def test_without_statistics_the_cure_is_named():
    with pytest.raises(InputError, match=r'tools/train\.py'):
        BandDataPreprocessor()
