# ResNet-50 from SSL4EO on 12 bands of Sentinel-2, 256 px, eight GPUs.
_base_ = [
    '../_base_/models/geokr_resnet50.py',
    '../_base_/datasets/knowledge_s2_256px.py',
    '../_base_/schedules/adamw_cosine_8xb64.py',
    '../_base_/default_runtime.py',
]
index = 'data/s2-worldcover/index.parquet'
model = dict(
    data_preprocessor={{_base_.data_preprocessor}},
    backbone=dict(
        in_channels=12,
        init_cfg=dict(
            type='Pretrained', checkpoint='starts/resnet50_ssl4eo_s2.pth'
        ),
    ),
)
train_dataloader = dict(dataset=dict(index=index))
optim_wrapper = dict(optimizer=dict(lr=3e-4))
