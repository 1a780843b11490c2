# The pre-training of `make demo`: a minute or two on two CPU cores, so 5,760
# passes of the student only; real runs are five times as long and more.
_base_ = [
    '../_base_/models/geokr_resnet18.py',
    '../_base_/datasets/knowledge_rgb.py',
    '../_base_/default_runtime.py',
]
index = 'demo/index.parquet'
iterations = 180
warm_up = max(1, iterations // 10)
# A run this short keeps whole patches in colour; the base's crops and grey
# views are for longer ones.
view = [
    dict(type='RandomFlip', prob=0.5, direction='horizontal'),
    dict(type='geokr_mm.RandomRightAngle'),
    dict(
        type='geokr_mm.ColorJitter',
        brightness=0.4,
        contrast=0.4,
        saturation=0.4,
        hue=0.1,
    ),
]
model = dict(data_preprocessor={{_base_.data_preprocessor}})
train_dataloader = dict(
    num_workers=0,
    persistent_workers=False,
    sampler=dict(_delete_=True, type='InfiniteSampler', shuffle=True),
    dataset=dict(
        index=index,
        pipeline=[
            dict(type='geokr_mm.LoadPatch'),
            dict(type='MultiView', num_views=[2], transforms=[view]),
            dict(type='geokr_mm.PackKnowledgeInputs'),
        ],
    ),
)

optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='AdamW', lr=1e-3, weight_decay=0.05),
    paramwise_cfg=dict(bias_decay_mult=0.0, norm_decay_mult=0.0),
)
param_scheduler = [
    dict(
        type='LinearLR',
        start_factor=0.1,
        by_epoch=False,
        begin=0,
        end=warm_up,
    ),
    dict(
        type='CosineAnnealingLR',
        T_max=iterations - warm_up,
        eta_min=1e-6,
        by_epoch=False,
        begin=warm_up,
        end=iterations,
    ),
]
train_cfg = dict(type='IterBasedTrainLoop', max_iters=iterations)
default_hooks = dict(
    # So few steps need a teacher that forgets its random start sooner.
    ema_teacher=dict(momentum=0.97),
    logger=dict(interval=5),
    checkpoint=dict(
        by_epoch=False,
        interval=iterations,
        max_keep_ckpts=1,
        save_optimizer=False,
    ),
)
log_processor = dict(window_size=5, by_epoch=False)
