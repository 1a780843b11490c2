# MoCo v2 from four bands; sizes are those of the whole-earth config.
_base_ = [
    '../_base_/datasets/knowledge_4band.py',
    '../_base_/schedules/adamw_cosine.py',
    '../_base_/default_runtime.py',
]
index = 'data/zion/index.parquet'
model = dict(
    type='MoCo',
    queue_len=1024,
    feat_dim=128,
    momentum=0.01,
    backbone=dict(
        type='ResNet',
        depth=18,
        in_channels=4,
        norm_cfg=dict(type='BN'),
        zero_init_residual=False,
    ),
    neck=dict(
        type='MoCoV2Neck',
        in_channels=512,
        hid_channels=512,
        out_channels=128,
        with_avg_pool=True,
    ),
    head=dict(
        type='ContrastiveHead',
        loss=dict(type='CrossEntropyLoss'),
        temperature=0.2,
    ),
    data_preprocessor={{_base_.data_preprocessor}},
)
train_dataloader = dict(drop_last=True, dataset=dict(index=index))
custom_hooks = [dict(type='geokr_mm.KnowledgeCardHook')]
