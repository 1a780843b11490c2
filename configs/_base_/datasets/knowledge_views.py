# Two views of each patch with labels of their own: the cells of the index move
# with the pixels. Build the index with --grid 8.
index = 'data/index.parquet'
bands = ['red', 'green', 'blue']

# ImageNet statistics, RGB order: what three-band backbones are used to.
data_preprocessor = dict(
    type='SelfSupDataPreprocessor',
    mean=[123.675, 116.28, 103.53],
    std=[58.395, 57.12, 57.375],
)

patch_size = 64
crop_ratio_range = (0.5, 1.0)
# Batch norm of the projector has no mean to take from a single patch.
train_dataloader = dict(
    batch_size=32,
    drop_last=True,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
    collate_fn=dict(type='default_collate'),
    dataset=dict(
        type='geokr_mm.GeoKRDataset',
        index=index,
        bands=bands,
        places='train',
        val_share=0.05,
        place_degrees=None,
        pipeline=[
            dict(type='geokr_mm.LoadPatch'),
            dict(
                type='geokr_mm.KnowledgeViews',
                num_views=2,
                transforms=[
                    dict(
                        type='geokr_mm.RandomGroundCrop',
                        scale=patch_size,
                        crop_ratio_range=crop_ratio_range,
                    ),
                    dict(type='geokr_mm.RandomOrientation'),
                    dict(
                        type='geokr_mm.ColorJitter',
                        brightness=0.4,
                        contrast=0.4,
                        saturation=0.4,
                        hue=0.1,
                    ),
                    dict(
                        type='RandomGrayscale',
                        prob=0.2,
                        keep_channels=True,
                        channel_weights=(0.299, 0.587, 0.114),
                    ),
                ],
            ),
            dict(type='geokr_mm.PackKnowledgeInputs'),
        ],
    ),
)

# Patches of places that training leaves out. What is not stated here, such as
# index and bands, is that of the training set.
val_dataloader = dict(
    batch_size=32,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    collate_fn=dict(type='default_collate'),
    dataset=dict(
        type='geokr_mm.GeoKRDataset',
        places='val',
        pipeline=[
            dict(type='geokr_mm.LoadPatch'),
            dict(type='Resize', scale=(patch_size, patch_size)),
            dict(type='geokr_mm.PackKnowledgeInputs'),
        ],
    ),
)
val_evaluator = dict(type='geokr_mm.FractionMetric')
val_cfg = dict()
test_dataloader = val_dataloader
test_evaluator = val_evaluator
test_cfg = dict()
