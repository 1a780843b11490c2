# One Landsat 8 scene in four files and NLCD, four years older, on another
# grid. Four bands by name (blue, green, red, near infrared), so the first
# convolution has four inputs. README.md in this folder has the index command.
_base_ = [
    '../_base_/models/geokr_resnet18.py',
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
