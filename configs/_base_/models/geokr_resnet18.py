# GeoKR's label and teacher terms in their default mode; projector and
# decorrelation are added in configs/geokr. Set `num_classes` to the index's
# legend.
num_classes = 10
model = dict(
    type='geokr_mm.GeoKR',
    backbone=dict(
        type='ResNet',
        depth=18,
        out_indices=(3,),
        zero_init_residual=False,
    ),
    head=dict(
        type='geokr_mm.GeographicKnowledgeHead',
        num_classes=num_classes,
        in_channels=512,
        loss=dict(type='geokr_mm.KnowledgeLoss'),
    ),
    correction=dict(type='geokr_mm.CorrectionLoss', form='teacher_student'),
    teacher_init='copy',
    teacher_mode='eval',
)

custom_hooks = [
    dict(type='geokr_mm.KnowledgeCardHook'),
    dict(type='geokr_mm.EMATeacherHook', momentum=0.99, buffers=True),
    dict(type='geokr_mm.CorrectionRampHook', share=0.5),
]
