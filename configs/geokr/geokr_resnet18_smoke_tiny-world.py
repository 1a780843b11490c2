# Two iterations on the tiny synthetic world: shows that an installation works.
# The dataset makes the world where it is missing, so nothing need be prepared.
_base_ = [
    '../_base_/models/geokr_resnet18.py',
    '../_base_/datasets/knowledge_rgb.py',
    '../_base_/default_runtime.py',
]
index = 'data/tiny_world/index.parquet'
# Stated, since the first run makes the index.
model = dict(
    data_preprocessor={{_base_.data_preprocessor}},
    head=dict(num_classes=10),
)
train_dataloader = dict(
    batch_size=4,
    num_workers=0,
    persistent_workers=False,
    sampler=dict(_delete_=True, type='InfiniteSampler', shuffle=True),
    dataset=dict(type='geokr_mm.TinyWorldDataset', index=index),
)
val_dataloader = dict(
    batch_size=4,
    num_workers=0,
    persistent_workers=False,
    dataset=dict(type='geokr_mm.TinyWorldDataset', indices=8),
)
test_dataloader = val_dataloader
optim_wrapper = dict(
    type='OptimWrapper', optimizer=dict(type='AdamW', lr=1e-3)
)
train_cfg = dict(type='IterBasedTrainLoop', max_iters=2, val_interval=2)
default_hooks = dict(
    logger=dict(interval=1), checkpoint=dict(by_epoch=False, interval=2)
)
log_processor = dict(by_epoch=False)
