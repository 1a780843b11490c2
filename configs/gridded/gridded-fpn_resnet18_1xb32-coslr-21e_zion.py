# Class fractions down to 8 x 8 cells of 240 m, from four bands of one Landsat
# scene: for maps in detail. ../geokr/README.md has the index command; add
# `--grid 8`.
_base_ = [
    '../_base_/models/geokr_resnet18.py',
    '../_base_/datasets/knowledge_4band.py',
    '../_base_/schedules/adamw_cosine.py',
    '../_base_/default_runtime.py',
]
index = 'data/zion/index.parquet'
model = dict(
    data_preprocessor={{_base_.data_preprocessor}},
    backbone=dict(in_channels=4, out_indices=(0, 1, 2, 3)),
    neck=dict(
        type='geokr_mm.KnowledgeFPN',
        in_channels=[64, 128, 256, 512],
        out_channels=128,
    ),
    head=dict(
        _delete_=True,
        type='geokr_mm.GriddedKnowledgeHead',
        num_classes=16,
        in_channels=128,
        grids=(1, 2, 4, 8),
        stages=(0, 1, 2, 3),
    ),
)
train_dataloader = dict(
    dataset=dict(
        index=index,
        pipeline=[
            dict(type='geokr_mm.LoadPatch'),
            dict(
                type='geokr_mm.KnowledgeViews',
                num_views=2,
                transforms=[
                    dict(
                        type='geokr_mm.RandomGroundCrop',
                        scale=64,
                        crop_ratio_range=(0.5, 1.0),
                    ),
                    dict(type='geokr_mm.RandomOrientation'),
                    dict(
                        type='geokr_mm.BandJitter',
                        brightness=(0.6, 1.4),
                        contrast=(0.6, 1.4),
                        saturation=(0.6, 1.4),
                        per_band=0.1,
                    ),
                ],
            ),
            dict(type='geokr_mm.PackKnowledgeInputs'),
        ],
    )
)
