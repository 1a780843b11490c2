# AgriFM's setting, as far as it is public: class fractions regressed with L1,
# a mean teacher, and sensors that need not see the same places, each with a
# stem of its own. Swin-T on single images stands in for its Video Swin.
_base_ = [
    '../_base_/models/geokr_swin-tiny.py',
    '../_base_/schedules/adamw_cosine_8xb64_transformer.py',
    '../_base_/default_runtime.py',
]
batch_size = 64
# Index and bands of each sensor; all indexes of one legend.
sensors = dict(
    sentinel2=dict(
        type='geokr_mm.GeoKRDataset',
        index='data/s2-worldcover/index.parquet',
        bands=[
            *('B01', 'B02', 'B03', 'B04', 'B05', 'B06', 'B07', 'B08', 'B8A'),
            *('B09', 'B11', 'B12'),
        ],
        values='physical',
        val_share=0.05,
        place_degrees=None,
    ),
    landsat=dict(
        type='geokr_mm.GeoKRDataset',
        index='data/landsat/index.parquet',
        bands=['coastal', 'blue', 'green', 'red', 'nir', 'swir16', 'swir22'],
        values='physical',
        val_share=0.05,
        place_degrees=None,
    ),
)
pipeline = [
    dict(type='geokr_mm.LoadPatch'),
    dict(
        type='MultiView',
        num_views=[2],
        transforms=[
            [
                dict(
                    type='RandomResizedCrop',
                    scale=256,
                    crop_ratio_range=(0.5, 1.0),
                    aspect_ratio_range=(1.0, 1.0),
                ),
                dict(type='RandomFlip', prob=0.5, direction='horizontal'),
                dict(type='geokr_mm.RandomRightAngle'),
                dict(type='geokr_mm.BandJitter', per_band=0.1),
            ]
        ],
    ),
    dict(type='geokr_mm.PackKnowledgeInputs'),
]
model = dict(
    data_preprocessor=dict(
        type='geokr_mm.SensorDataPreprocessor',
        sensors=dict(
            sentinel2=dict(type='geokr_mm.BandDataPreprocessor'),
            landsat=dict(type='geokr_mm.BandDataPreprocessor'),
        ),
    ),
    backbone=dict(
        _delete_=True,
        type='geokr_mm.SensorStems',
        sensors=dict(sentinel2=12, landsat=7),
        trunk=dict(
            type='SwinTransformer',
            arch='tiny',
            drop_path_rate=0.1,
            pad_small_map=True,
            out_indices=(3,),
        ),
    ),
    head=dict(loss=dict(type='geokr_mm.KnowledgeLoss', form='l1')),
)
# A batch is of one sensor, and the other stems get no gradient.
find_unused_parameters = True
train_dataloader = dict(
    batch_size=batch_size,
    num_workers=8,
    persistent_workers=True,
    sampler=dict(type='geokr_mm.SensorSampler', batch_size=batch_size),
    collate_fn=dict(type='default_collate'),
    dataset=dict(
        type='geokr_mm.SensorDataset',
        sensors={
            name: dict(own, places='train', pipeline=pipeline)
            for name, own in sensors.items()
        },
    ),
)
val_dataloader = dict(
    batch_size=batch_size,
    num_workers=4,
    persistent_workers=True,
    sampler=dict(
        type='geokr_mm.SensorSampler', batch_size=batch_size, shuffle=False
    ),
    collate_fn=dict(type='default_collate'),
    dataset=dict(
        type='geokr_mm.SensorDataset',
        sensors={
            name: dict(
                own,
                places='val',
                pipeline=[
                    dict(type='geokr_mm.LoadPatch'),
                    dict(type='Resize', scale=(256, 256)),
                    dict(type='geokr_mm.PackKnowledgeInputs'),
                ],
            )
            for name, own in sensors.items()
        },
    ),
)
val_evaluator = dict(type='geokr_mm.FractionMetric')
val_cfg = dict()
