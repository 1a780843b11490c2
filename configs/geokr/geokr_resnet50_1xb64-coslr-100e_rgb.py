# ResNet-50 from scratch on RGB, 256 px, one GPU.
_base_ = [
    '../_base_/models/geokr_resnet50.py',
    '../_base_/datasets/knowledge_rgb_256px.py',
    '../_base_/schedules/adamw_cosine_8xb64.py',
    '../_base_/default_runtime.py',
]
index = 'data/rgb/index.parquet'
model = dict(
    data_preprocessor={{_base_.data_preprocessor}},
)
train_dataloader = dict(dataset=dict(index=index))
optim_wrapper = dict(optimizer=dict(lr=3.5e-4))
auto_scale_lr = dict(base_batch_size=64)
sync_bn = None
