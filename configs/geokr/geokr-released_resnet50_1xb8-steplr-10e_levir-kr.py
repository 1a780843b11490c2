# The published recipe, for those who hold Levir-KR or an index like it:
# 256 px RGB divided by 255 with no further normalisation, batch 8, Adam at
# 1e-3, StepLR of 0.9 an epoch, 10 epochs, mixed precision (add --amp).
_base_ = [
    '../_base_/models/geokr_resnet50_released.py',
    '../_base_/default_runtime.py',
]
index = 'data/levir_kr/index.parquet'
data_preprocessor = dict(
    type='SelfSupDataPreprocessor',
    mean=[0.0, 0.0, 0.0],
    std=[255.0, 255.0, 255.0],
)
model = dict(data_preprocessor=data_preprocessor)

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
        classes={{_base_.classes}},
        pipeline=[
            dict(type='geokr_mm.LoadPatch'),
            dict(type='RandomFlip', prob=0.5, direction='horizontal'),
            dict(type='RandomFlip', prob=0.5, direction='vertical'),
            dict(type='geokr_mm.RandomRightAngle', prob=0.5),
            dict(
                type='ColorJitter',
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

optim_wrapper = dict(type='OptimWrapper', optimizer=dict(type='Adam', lr=1e-3))
param_scheduler = [dict(type='StepLR', step_size=1, gamma=0.9)]
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=10)
