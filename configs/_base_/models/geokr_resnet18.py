# GeoKR's default. Sizes of neck and head follow from the backbone, the number
# of classes from the index.
model = dict(
    type='geokr_mm.GeoKR',
    backbone=dict(
        type='ResNet',
        depth=18,
        out_indices=(3,),
        zero_init_residual=False,
    ),
    # What is particular to the map's classes settles in this projector, which
    # is not exported.
    neck=dict(
        type='NonLinearNeck',
        hid_channels=1024,
        out_channels=256,
        num_layers=2,
        with_last_bn=True,
        norm_cfg=dict(type='BN1d'),
    ),
    head=dict(type='geokr_mm.GeographicKnowledgeHead'),
    # Late: a teacher that has learned little holds the student back.
    correction=dict(type='geokr_mm.CorrectionLoss', ramp='sigmoid'),
)
