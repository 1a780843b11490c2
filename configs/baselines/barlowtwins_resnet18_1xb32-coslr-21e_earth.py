# Barlow Twins (Zbontar et al., arXiv 2103.03230); 256 dimensions in place of
# 8,192, since 32 pairs a step estimate no larger matrix: with 1,024 it ended
# below a random start.
_base_ = [
    '../_base_/datasets/knowledge_rgb.py',
    '../_base_/schedules/adamw_cosine.py',
    '../_base_/default_runtime.py',
]
index = 'data/earth.parquet'
model = dict(
    type='BarlowTwins',
    backbone=dict(type='ResNet', depth=18, zero_init_residual=False),
    neck=dict(
        type='NonLinearNeck',
        in_channels=512,
        hid_channels=1024,
        out_channels=256,
        num_layers=3,
        with_last_bn=False,
        with_last_bn_affine=False,
        norm_cfg=dict(type='BN1d'),
        init_cfg=dict(
            type='Kaiming', distribution='uniform', layer=['Linear']
        ),
    ),
    head=dict(
        type='LatentCrossCorrelationHead',
        in_channels=256,
        loss=dict(type='CrossCorrelationLoss'),
    ),
    data_preprocessor={{_base_.data_preprocessor}},
)
train_dataloader = dict(dataset=dict(index=index))
