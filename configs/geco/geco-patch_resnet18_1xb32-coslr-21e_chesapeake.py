# GeCo where a map of 1 m shows how wrong NLCD is: four bands of NAIP on a tile
# thinned to some 25 m, patches of 32 pixels, one view and no teacher.
# README.md in this folder has the commands.
_base_ = [
    '../_base_/models/geokr_resnet18.py',
    '../_base_/datasets/knowledge_4band.py',
    '../_base_/schedules/adamw_cosine.py',
    '../_base_/default_runtime.py',
]
index = 'data/chesapeake_tile/index.parquet'
view = [
    dict(
        type='RandomResizedCrop',
        scale=32,
        crop_ratio_range=(0.5, 1.0),
        aspect_ratio_range=(1.0, 1.0),
    ),
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
model = dict(
    data_preprocessor={{_base_.data_preprocessor}},
    backbone=dict(in_channels=4),
    correction=None,
    # The label ends between map and network, 4 : 1, about the odds that the
    # producer's accuracy of 82 % gives to the map.
    label_correction=dict(type='geokr_mm.PatchCorrection', minor_changes=4.0),
)
train_dataloader = dict(
    dataset=dict(
        index=index,
        # The label of every patch is corrected, so none is held out.
        places='all',
        bands=['red', 'green', 'blue', 'nir'],
        pipeline=[
            dict(type='geokr_mm.LoadPatch'),
            dict(type='MultiView', num_views=[1], transforms=[view]),
            dict(type='geokr_mm.PackKnowledgeInputs'),
        ],
    )
)
val_dataloader = val_evaluator = val_cfg = None
test_dataloader = test_evaluator = test_cfg = None
