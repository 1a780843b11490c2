# MoCo v2 (Chen et al., arXiv 2003.04297). The queue holds two thirds of the
# patches: a longer one would hold every patch among its own negatives.
_base_ = [
    '../_base_/datasets/knowledge_rgb.py',
    '../_base_/schedules/adamw_cosine.py',
    '../_base_/default_runtime.py',
]
index = 'data/whole_earth/index.parquet'
model = dict(
    type='MoCo',
    # A multiple of the batch size.
    queue_len=1024,
    feat_dim=128,
    # With 1,000 steps in place of a million, the teacher must move faster
    # than the published 0.001.
    momentum=0.01,
    backbone=dict(
        type='ResNet',
        depth=18,
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
train_dataloader = dict(
    batch_size=32, drop_last=True, dataset=dict(index=index)
)
custom_hooks = [dict(type='geokr_mm.KnowledgeCardHook')]
