# GeoKR to the letter of the published code, for those who hold Levir-KR or an
# index like it; docs/method.md names each source. 256 px RGB divided by 255
# with no further normalisation, batch 8, Adam at 1e-3, StepLR of 0.9 an epoch,
# 10 epochs, mixed precision (add --amp).
#
# One thing is left to you: the published configuration starts student and
# teacher from torchvision's ImageNet weights. Give them with
# --cfg-options model.backbone.init_cfg.type=Pretrained
# model.backbone.init_cfg.checkpoint=torchvision://resnet50
_base_ = ['../_base_/default_runtime.py']
index = 'data/levir_kr/index.parquet'
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
data_preprocessor = dict(
    type='SelfSupDataPreprocessor',
    mean=[0.0, 0.0, 0.0],
    std=[255.0, 255.0, 255.0],
)
model = dict(
    type='geokr_mm.GeoKR',
    data_preprocessor=data_preprocessor,
    backbone=dict(
        type='ResNet',
        depth=50,
        out_indices=(3,),
        zero_init_residual=False,
    ),
    head=dict(
        type='geokr_mm.GeographicKnowledgeHead',
        loss=dict(type='geokr_mm.KnowledgeLoss', scaling='released'),
        # As torch initialises linear layers.
        init_cfg=[],
    ),
    correction=dict(
        type='geokr_mm.CorrectionLoss', form='released', scaling='released'
    ),
    teacher_init='separate',
    teacher_mode='train',
    weight_by_valid=False,
)

train_dataloader = dict(
    batch_size=8,
    num_workers=4,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
    collate_fn=dict(type='default_collate'),
    dataset=dict(
        type='geokr_mm.GeoKRDataset',
        index=index,
        bands=['red', 'green', 'blue'],
        classes=classes,
        # The published code holds nothing out; places='all' does so too.
        places='train',
        val_share=0.05,
        place_degrees=None,
        pipeline=[
            dict(type='geokr_mm.LoadPatch'),
            dict(type='RandomFlip', prob=0.5, direction='horizontal'),
            dict(type='RandomFlip', prob=0.5, direction='vertical'),
            dict(type='geokr_mm.RandomRightAngle', prob=0.5),
            dict(
                type='geokr_mm.ColorJitter',
                brightness=0.3,
                contrast=(0.5, 1.5),
                saturation=(0.5, 1.5),
                hue=0.3,
            ),
            dict(type='Resize', scale=(256, 256)),
            dict(type='geokr_mm.PackKnowledgeInputs'),
        ],
    ),
)
val_dataloader = dict(
    batch_size=8,
    num_workers=2,
    sampler=dict(type='DefaultSampler', shuffle=False),
    collate_fn=dict(type='default_collate'),
    dataset=dict(
        type='geokr_mm.GeoKRDataset',
        places='val',
        pipeline=[
            dict(type='geokr_mm.LoadPatch'),
            dict(type='Resize', scale=(256, 256)),
            dict(type='geokr_mm.PackKnowledgeInputs'),
        ],
    ),
)
val_evaluator = dict(type='geokr_mm.FractionMetric')
val_cfg = dict()
test_dataloader = val_dataloader
test_evaluator = val_evaluator
test_cfg = dict()

optim_wrapper = dict(type='OptimWrapper', optimizer=dict(type='Adam', lr=1e-3))
param_scheduler = [dict(type='StepLR', step_size=1, gamma=0.9)]
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=10)
auto_scale_lr = dict(enable=False, base_batch_size=8)
default_hooks = dict(
    ema_teacher=dict(
        momentum=0.95,
        buffers=False,
        released_steps=[500, 10500, 20500, 30500],
    ),
)
