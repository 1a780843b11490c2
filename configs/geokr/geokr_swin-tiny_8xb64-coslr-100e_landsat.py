# Swin-T from scratch on the seven bands of Landsat, 256 px, eight GPUs.
_base_ = [
    '../_base_/models/geokr_swin-tiny.py',
    '../_base_/datasets/knowledge_landsat_256px.py',
    '../_base_/schedules/adamw_cosine_8xb64_transformer.py',
    '../_base_/default_runtime.py',
]
index = 'data/landsat/index.parquet'
model = dict(
    data_preprocessor={{_base_.data_preprocessor}},
    backbone=dict(
        in_channels=7,
    ),
)
train_dataloader = dict(dataset=dict(index=index))
