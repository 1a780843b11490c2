# Two views of each patch of 256 px, four bands: red, green, blue and near
# infrared, as Gaofen, NAIP and most aerial cameras have them.
index = 'data/index.parquet'
bands = ['red', 'green', 'blue', 'nir']

# Reflectance, counts or whatever the files hold, not stretched to 8 bits. Mean
# and deviation of each band are those of the index.
data_preprocessor = dict(type='geokr_mm.BandDataPreprocessor')

# Crops are mild, since a part of a patch has other fractions than the whole.
patch_size = 256
view = [
    dict(
        type='RandomResizedCrop',
        scale=patch_size,
        crop_ratio_range=(0.5, 1.0),
        aspect_ratio_range=(1.0, 1.0),
    ),
    dict(type='RandomFlip', prob=0.5, direction='horizontal'),
    dict(type='geokr_mm.RandomRightAngle'),
    dict(
        type='geokr_mm.BandJitter',
        brightness=(0.6, 1.4),
        contrast=(0.6, 1.4),
        per_band=0.1,
    ),
]

# Batch norm of the projector has no mean to take from a single patch.
train_dataloader = dict(
    batch_size=64,
    drop_last=True,
    num_workers=8,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
    collate_fn=dict(type='default_collate'),
    dataset=dict(
        type='geokr_mm.GeoKRDataset',
        index=index,
        bands=bands,
        values='physical',
        places='train',
        val_share=0.05,
        place_degrees=None,
        max_bad_fraction=1e-3,
        pipeline=[
            dict(type='geokr_mm.LoadPatch'),
            dict(type='MultiView', num_views=[2], transforms=[view]),
            dict(type='geokr_mm.PackKnowledgeInputs'),
        ],
    ),
)

# Patches of places that training leaves out. What is not stated here, such as
# index and bands, is that of the training set.
val_dataloader = dict(
    batch_size=64,
    num_workers=4,
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
