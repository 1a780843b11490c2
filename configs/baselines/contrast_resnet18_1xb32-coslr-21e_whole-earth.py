# GeoKR plus with no map: its contrast and decorrelation are all that is left.
_base_ = ['../geokr/geokr_resnet18_1xb32-coslr-21e_whole-earth.py']
model = dict(
    head=dict(loss=dict(loss_weight=0.0)),
    correction=None,
    with_teacher=True,
    terms=dict(
        soft=dict(
            type='geokr_mm.SoftContrast',
            num_classes=20,
            in_channels=256,
            queue_length=1024,
            own_share=1.0,
            loss_weight=1.0,
        ),
    ),
)
custom_hooks = [
    dict(type='geokr_mm.KnowledgeCardHook'),
    dict(type='geokr_mm.EMATeacherHook', momentum=0.99, buffers=True),
]
