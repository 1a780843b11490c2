"""The same number of optimiser steps for every run of a comparison."""

from typing import Any


def spend(settings: Any, steps: int) -> None:
    """Set the length of a training; what is learned and how stays.

    A twentieth of the steps warms the learning rate up, a cosine takes it
    down to nothing.

    The config is changed in place; steps are those of the optimiser, however
    many images there are.
    """
    warm = max(1, steps // 20)
    loader = settings.train_dataloader
    # One that weighs patches draws on from epoch to epoch by itself.
    if loader.sampler.type == 'DefaultSampler':
        loader.sampler = dict(type='InfiniteSampler', shuffle=True)
    settings.train_cfg = dict(type='IterBasedTrainLoop', max_iters=steps)
    settings.param_scheduler = [
        dict(
            type='LinearLR',
            start_factor=0.05,
            by_epoch=False,
            begin=0,
            end=warm,
        ),
        dict(
            type='CosineAnnealingLR',
            T_max=steps - warm,
            eta_min=1e-6,
            by_epoch=False,
            begin=warm,
            end=steps,
        ),
    ]
    settings.log_processor = dict(by_epoch=False)
