# One Landsat 8 scene in four files and NLCD, four years older, on another
# grid. Four bands by name (blue, green, red, near infrared), so the first
# convolution has four inputs.
_base_ = ['../_base_/models/geokr_resnet18.py', '../_base_/default_runtime.py']
index = 'data/zion/index.parquet'
bands = ['b2', 'b3', 'b4', 'b5']
epochs = 24
# The index's stretch puts every band into 0..255; centre and scale of that.
data_preprocessor = dict(
    type='geokr_mm.BandDataPreprocessor', mean=[127.5] * 4, std=[63.75] * 4
)
model = dict(
    data_preprocessor=data_preprocessor,
    backbone=dict(in_channels=4),
    head=dict(num_classes=16),
)
view = [
    dict(type='RandomFlip', prob=0.5, direction='horizontal'),
    dict(type='geokr_mm.RandomRightAngle'),
    dict(
        type='geokr_mm.BandJitter',
        brightness=(0.6, 1.4),
        contrast=(0.6, 1.4),
        saturation=(0.6, 1.4),
        per_band=0.1,
    ),
]
train_dataloader = dict(
    batch_size=32,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
    collate_fn=dict(type='default_collate'),
    dataset=dict(
        type='geokr_mm.GeoKRDataset',
        index=index,
        bands=bands,
        pipeline=[
            dict(type='geokr_mm.LoadPatch'),
            dict(type='MultiView', num_views=[2], transforms=[view]),
            dict(type='geokr_mm.PackKnowledgeInputs'),
        ],
    ),
)
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='AdamW', lr=1e-3, weight_decay=0.05),
)
param_scheduler = [
    dict(
        type='CosineAnnealingLR',
        T_max=epochs,
        eta_min=1e-6,
        by_epoch=True,
        convert_to_iter_based=True,
    )
]
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=epochs)
