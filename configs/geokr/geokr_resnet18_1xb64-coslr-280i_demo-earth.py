# The pre-training of `make demo`: some four minutes on two CPU cores.
_base_ = './geokr_resnet18_1xb32-coslr-180i_demo-world.py'
index = 'demo/index.parquet'
iterations = 280
warm_up = 50
# The picture's colours are the same all over the Earth and mean something:
# they change a little in brightness only.
view = [
    dict(type='RandomFlip', prob=0.5, direction='horizontal'),
    dict(type='geokr_mm.RandomRightAngle'),
    dict(type='geokr_mm.ColorJitter', brightness=0.2, contrast=0.2),
]
train_dataloader = dict(
    batch_size=64,
    dataset=dict(
        index=index,
        pipeline=[
            dict(type='geokr_mm.LoadPatch'),
            dict(type='MultiView', num_views=[2], transforms=[view]),
            dict(type='geokr_mm.PackKnowledgeInputs'),
        ],
    ),
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
train_cfg = dict(max_iters=iterations)
default_hooks = dict(
    ema_teacher=dict(momentum=0.98),
    checkpoint=dict(interval=iterations),
)
