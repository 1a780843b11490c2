# Views as the papers of the baselines have them, of 64 px. Blue is the last
# band here, so weights of grey are in another order than in mmpretrain.
_grey = dict(
    type='RandomGrayscale',
    prob=0.2,
    keep_channels=True,
    channel_weights=(0.299, 0.587, 0.114),
)
_flip = dict(type='RandomFlip', prob=0.5, direction='horizontal')


def _crop(least):
    return dict(
        type='RandomResizedCrop', scale=64, crop_ratio_range=(least, 1.0)
    )


def _jitter(strength, saturation, hue):
    change = dict(
        type='geokr_mm.ColorJitter',
        brightness=strength,
        contrast=strength,
        saturation=saturation,
        hue=hue,
    )
    return dict(type='RandomApply', transforms=[change], prob=0.8)


def _blur(prob):
    return dict(
        type='GaussianBlur',
        magnitude_range=(0.1, 2.0),
        magnitude_std='inf',
        prob=prob,
    )


def _pipeline(*views):
    return [
        dict(type='geokr_mm.LoadPatch'),
        dict(
            type='MultiView',
            num_views=[2] if len(views) == 1 else [1, 1],
            transforms=list(views),
        ),
        dict(type='geokr_mm.PackKnowledgeInputs'),
    ]


# arXiv 2003.04297.
mocov2_pipeline = _pipeline(
    [_crop(0.2), _jitter(0.4, 0.4, 0.1), _grey, _blur(0.5), _flip]
)
# arXiv 2002.05709.
simclr_pipeline = _pipeline(
    [_crop(0.08), _flip, _jitter(0.8, 0.8, 0.2), _grey, _blur(0.5)]
)
# arXiv 2006.07733, taken over by Barlow Twins, 2103.03230.
_first = [_crop(0.08), _flip, _jitter(0.4, 0.2, 0.1), _grey]
byol_pipeline = _pipeline(
    [*_first, _blur(1.0)],
    [*_first, _blur(0.1), dict(type='Solarize', thr=128, prob=0.2)],
)
