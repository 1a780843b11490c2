# MoCo v2 on the patches of the GeoKR config.
_base_ = [
    '../_base_/models/mocov2_resnet18.py',
    '../_base_/datasets/knowledge_rgb.py',
    '../_base_/schedules/adamw_cosine.py',
    '../_base_/default_runtime.py',
]
index = 'data/earth.parquet'
model = dict(data_preprocessor={{_base_.data_preprocessor}})
train_dataloader = dict(dataset=dict(index=index))
