# Swin-T from ImageNet on RGB, 256 px, eight GPUs.
_base_ = [
    '../_base_/models/geokr_swin-tiny.py',
    '../_base_/datasets/knowledge_rgb_256px.py',
    '../_base_/schedules/adamw_cosine_8xb64_transformer.py',
    '../_base_/default_runtime.py',
]
index = 'data/rgb/index.parquet'
model = dict(
    data_preprocessor={{_base_.data_preprocessor}},
    backbone=dict(
        init_cfg=dict(
            type='Pretrained', checkpoint='starts/swin-tiny_imagenet.pth'
        ),
    ),
)
train_dataloader = dict(dataset=dict(index=index))
optim_wrapper = dict(paramwise_cfg=dict(layer_decay_rate=0.75))
