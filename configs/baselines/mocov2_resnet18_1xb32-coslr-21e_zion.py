# MoCo v2 from four bands.
_base_ = [
    '../_base_/models/mocov2_resnet18.py',
    '../_base_/datasets/knowledge_4band.py',
    '../_base_/schedules/adamw_cosine.py',
    '../_base_/default_runtime.py',
]
index = 'data/zion/index.parquet'
model = dict(
    data_preprocessor={{_base_.data_preprocessor}},
    backbone=dict(in_channels=4),
)
train_dataloader = dict(dataset=dict(index=index))
