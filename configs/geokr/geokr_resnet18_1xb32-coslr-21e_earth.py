# One global image and a coarse global map: 1,526 patches, 21 epochs, so
# about 32,000 student passes. README.md in this folder has the index command.
_base_ = [
    '../_base_/models/geokr_resnet18.py',
    '../_base_/datasets/knowledge_rgb.py',
    '../_base_/schedules/adamw_cosine.py',
    '../_base_/default_runtime.py',
]
index = 'data/earth.parquet'
model = dict(data_preprocessor={{_base_.data_preprocessor}})
train_dataloader = dict(dataset=dict(index=index))
