# ViT-S from DINOv2 on RGB, 256 px, eight GPUs.
_base_ = [
    '../_base_/models/geokr_vit-small-p14.py',
    '../_base_/datasets/knowledge_rgb_256px.py',
    '../_base_/schedules/adamw_cosine_8xb64_transformer.py',
    '../_base_/default_runtime.py',
]
index = 'data/rgb/index.parquet'
model = dict(
    data_preprocessor={{_base_.data_preprocessor}},
    backbone=dict(
        init_cfg=dict(
            type='Pretrained', checkpoint='starts/vit-small-p14_dinov2.pth'
        ),
    ),
)
# 18 x 18 tokens.
views = dict(_base_.views, scale=252)
train_dataloader = dict(
    dataset=dict(
        index=index,
        pipeline=[
            dict(type='geokr_mm.LoadPatch'),
            views,
            dict(type='geokr_mm.PackKnowledgeInputs'),
        ],
    ),
)
optim_wrapper = dict(paramwise_cfg=dict(layer_decay_rate=0.75))
