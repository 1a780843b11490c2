# SimCLR (Chen et al., arXiv 2002.05709), with the 62 other views of a batch
# as negatives.
_base_ = [
    '../_base_/datasets/knowledge_rgb.py',
    '../_base_/schedules/adamw_cosine.py',
    '../_base_/default_runtime.py',
]
index = 'data/earth.parquet'
model = dict(
    type='SimCLR',
    backbone=dict(type='ResNet', depth=18, zero_init_residual=False),
    neck=dict(
        type='NonLinearNeck',
        in_channels=512,
        hid_channels=512,
        out_channels=128,
        num_layers=2,
        norm_cfg=dict(type='BN1d'),
    ),
    head=dict(
        type='ContrastiveHead',
        loss=dict(type='CrossEntropyLoss'),
        temperature=0.1,
    ),
    data_preprocessor={{_base_.data_preprocessor}},
)
train_dataloader = dict(dataset=dict(index=index))
