# GeoKR to the letter of the published code; sources in docs/pretrain.md.
num_classes = 8
# Order and choice of classes of the published configuration, in the words of
# the common legend.
classes = [
    'artificial',
    'bareland',
    'cultivated',
    'forest',
    'grassland',
    'snow_ice',
    'water',
    'wetland',
]
model = dict(
    type='geokr_mm.GeoKR',
    # The published configuration starts from ImageNet weights; give them with
    # --cfg-options model.backbone.init_cfg.type=Pretrained
    # model.backbone.init_cfg.checkpoint=FILE.
    backbone=dict(
        type='ResNet',
        depth=50,
        out_indices=(3,),
        zero_init_residual=False,
    ),
    head=dict(
        type='geokr_mm.GeographicKnowledgeHead',
        num_classes=num_classes,
        in_channels=2048,
        loss=dict(type='geokr_mm.KnowledgeLoss', scaling='released'),
    ),
    correction=dict(
        type='geokr_mm.CorrectionLoss', form='released', scaling='released'
    ),
    teacher_init='separate',
    teacher_mode='train',
    weight_by_valid=False,
)

custom_hooks = [
    dict(type='geokr_mm.KnowledgeCardHook'),
    dict(
        type='geokr_mm.EMATeacherHook',
        momentum=0.95,
        buffers=False,
        released_steps=[500, 10500, 20500, 30500],
    ),
]
