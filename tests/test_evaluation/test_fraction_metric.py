"""Fraction errors against hand-worked values."""

import math

import numpy as np
import pytest
import torch

from geokr_mm.evaluation import FractionMetric, fraction_errors


def test_hand_worked_errors():
    target = np.array([[1.0, 0.0], [0.5, 0.5]])
    predicted = np.array([[0.5, 0.5], [0.25, 0.75]])
    errors = fraction_errors(predicted, target)
    assert errors['tv'] == pytest.approx((0.5 + 0.25) / 2)
    kl = (math.log(2) + 0.5 * math.log(2) + 0.5 * math.log(2 / 3)) / 2
    assert errors['kl'] == pytest.approx(kl)
    assert errors['top1'] == pytest.approx(50.0)


def test_metric_reports_both_branches():
    metric = FractionMetric()
    sample = dict(
        class_fractions=torch.tensor([1.0, 0.0]),
        student_fractions=torch.tensor([0.6, 0.4]),
        teacher_fractions=torch.tensor([0.9, 0.1]),
    )
    metric.process(None, [sample])
    values = metric.compute_metrics(metric.results)
    assert values['student_tv'] == pytest.approx(0.4)
    assert values['teacher_tv'] == pytest.approx(0.1)
    assert values['teacher_top1'] == 100.0
