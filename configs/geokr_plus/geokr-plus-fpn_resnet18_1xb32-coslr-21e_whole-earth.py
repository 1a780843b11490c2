# GeoKR plus for segmentors and detectors: class fractions down to 8 x 8 cells
# are read from a feature pyramid, which goes downstream with the backbone.
_base_ = ['../gridded/gridded_resnet18_1xb32-coslr-21e_whole-earth.py']
model = dict(
    backbone=dict(out_indices=(0, 1, 2, 3)),
    neck=dict(
        type='geokr_mm.KnowledgeFPN',
        in_channels=[64, 128, 256, 512],
        out_channels=64,
    ),
    head=dict(in_channels=64, grids=(1, 2, 4, 8), stages=(0, 1, 2, 3)),
    terms=dict(
        spread=dict(type='geokr_mm.FeatureDecorrelation'),
        soft=dict(
            type='geokr_mm.SoftContrast',
            num_classes=20,
            # What tells patches apart need not pass the pyramid.
            after_neck=False,
            in_channels=512,
            queue_length=1024,
            own_share=1.0,
            loss_weight=1.0,
        ),
    ),
)
custom_hooks = [
    dict(type='geokr_mm.KnowledgeCardHook'),
    # The backbone starts from the images.
    dict(type='geokr_mm.WhiteningHook'),
    dict(type='geokr_mm.EMATeacherHook', momentum=0.99, buffers=True),
    # Late: until the teacher knows something it holds the student back.
    dict(type='geokr_mm.CorrectionRampHook', share=1.0, shape='sigmoid'),
]
