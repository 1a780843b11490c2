# VGG-16 with batch norm from scratch on RGB, 256 px, eight GPUs.
_base_ = [
    '../_base_/models/geokr_vgg16bn.py',
    '../_base_/datasets/knowledge_rgb_256px.py',
    '../_base_/schedules/adamw_cosine_8xb64.py',
    '../_base_/default_runtime.py',
]
index = 'data/rgb/index.parquet'
model = dict(
    data_preprocessor={{_base_.data_preprocessor}},
)
train_dataloader = dict(dataset=dict(index=index))
