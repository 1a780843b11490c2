# One global image and a map of 5 km: some 1,500 patches of the land, 21
# epochs. README.md in this folder has the commands.
_base_ = [
    '../_base_/models/geokr_resnet18.py',
    '../_base_/datasets/knowledge_rgb.py',
    '../_base_/schedules/adamw_cosine.py',
    '../_base_/default_runtime.py',
]
index = 'data/earth.parquet'
model = dict(data_preprocessor={{_base_.data_preprocessor}})
train_dataloader = dict(dataset=dict(index=index))
