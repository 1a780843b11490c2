# ResNet-50 from scratch on four bands, 256 px, eight GPUs.
_base_ = [
    '../_base_/models/geokr_resnet50.py',
    '../_base_/datasets/knowledge_4band_256px.py',
    '../_base_/schedules/adamw_cosine_8xb64.py',
    '../_base_/default_runtime.py',
]
index = 'data/4band/index.parquet'
model = dict(
    data_preprocessor={{_base_.data_preprocessor}},
    backbone=dict(
        in_channels=4,
    ),
)
train_dataloader = dict(dataset=dict(index=index))
