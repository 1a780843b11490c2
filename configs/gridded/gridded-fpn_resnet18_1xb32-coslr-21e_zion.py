# Gridded proportions down to 8 x 8 cells of 240 m, from four bands of one
# Landsat scene. ../geokr/README.md has the index command; add `--grid 8`.
_base_ = ['../geokr/geokr_resnet18_1xb32-coslr-21e_zion.py']
model = dict(
    backbone=dict(out_indices=(0, 1, 2, 3)),
    neck=dict(_delete_=True, type='geokr_mm.KnowledgeFPN', out_channels=128),
    head=dict(
        type='geokr_mm.GriddedKnowledgeHead',
        grids=(1, 2, 4, 8),
        stages=(0, 1, 2, 3),
    ),
)
train_dataloader = dict(
    dataset=dict(
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
