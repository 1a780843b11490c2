"""Figures of the documentation."""

import xml.etree.ElementTree as ET

import pandas as pd
import pytest

from geokr_mm.benchmark.figure import Curve, curves
from geokr_mm.benchmark.pages import fill, update_page
from geokr_mm.errors import InputError


def tuned(method, labels, seed, scenes, objects):
    """One backbone's two tasks."""
    found = [
        ('scenes', 'accuracy', scenes),
        ('objects', 'coco/bbox_mAP_50', objects),
    ]
    return [
        dict(
            protocol='S: fine-tune',
            method=method,
            task='',
            dataset=dataset,
            labels=labels,
            seed=seed,
            metric=metric,
            value=str(value),
        )
        for dataset, metric, value in found
    ]


ROWS = pd.DataFrame(
    [
        *tuned('geokr', '100 %', '0.0', 80.0, 0.40),
        *tuned('geokr', '1 %', '0.0', 50.0, 0.10),
        *tuned('geokr', '1 %', '0.1', 52.0, 0.10),
        *tuned('geokr', '1 %', '1.1', 54.0, 0.13),
        *tuned('random', '1 %', '0.0', 40.0, 0.06),
        *tuned('random', '100 %', '0.0', 70.0, 0.30),
    ]
)
PAGE = '<!-- figure: S: random, geokr -->\n![](a/few.svg)\n<!-- /figure -->\n'


def test_curves_are_means_over_seeds_from_few_labels_to_many():
    geokr, random = curves(ROWS, ['geokr', 'random'])
    assert geokr.labels == random.labels == ('1 %', '100 %')
    # (51 + 10) / 2 and (54 + 13) / 2.
    assert geokr.means == pytest.approx((32.0, 60.0))
    assert geokr.spreads == pytest.approx((2.1213, 0.0), abs=1e-4)
    assert random == Curve('random', ('1 %', '100 %'), (23.0, 50.0), (0, 0))


def test_a_page_has_the_figures_in_words_and_the_picture_beside(tmp_path):
    page = tmp_path / 'page.md'
    page.write_text(PAGE)
    assert update_page(page, ROWS, check=True)
    assert page.read_text() == PAGE
    assert not (tmp_path / 'a').exists()

    assert update_page(page, ROWS, check=False)
    words = 'from 1 %, 100 % of labels: random 23.0 50.0; geokr 32.0 60.0'
    assert words in page.read_text()
    image = tmp_path / 'a' / 'few.svg'
    assert ET.parse(image).getroot().tag.endswith('svg')
    assert not update_page(page, ROWS, check=False)

    # Other figures, another picture; and one that went missing.
    before = image.read_bytes()
    other = pd.DataFrame(tuned('random', '1 %', '1.0', 44.0, 0.06))
    more = pd.concat([ROWS, other])
    assert update_page(page, more, check=False)
    assert image.read_bytes() != before
    image.unlink()
    assert update_page(page, more, check=True)


def test_a_method_without_rows_is_named():
    with pytest.raises(InputError, match="'byol'.*random"):
        fill(PAGE.replace('geokr', 'byol'), ROWS)
