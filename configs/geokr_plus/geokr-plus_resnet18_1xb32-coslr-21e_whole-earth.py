# GeoKR with contrast of patches and place clusters.
_base_ = ['../geokr/geokr_resnet18_1xb32-coslr-21e_whole-earth.py']
model = dict(
    terms=dict(
        soft=dict(
            type='geokr_mm.SoftContrast',
            num_classes=20,
            # What tells patches apart need not pass the neck.
            after_neck=False,
            in_channels=512,
            queue_length=1024,
            own_share=1.0,
            loss_weight=1.0,
        ),
        place=dict(
            type='geokr_mm.PlaceClusters',
            in_channels=256,
            num_places=64,
            loss_weight=0.3,
        ),
    ),
)
custom_hooks = [
    dict(type='geokr_mm.KnowledgeCardHook'),
    # The backbone starts from the images.
    dict(type='geokr_mm.WhiteningHook'),
    dict(type='geokr_mm.PlaceClustersHook'),
    dict(type='geokr_mm.EMATeacherHook', momentum=0.99, buffers=True),
    # Late: until the teacher knows something it holds the student back.
    dict(type='geokr_mm.CorrectionRampHook', share=1.0, shape='sigmoid'),
]
