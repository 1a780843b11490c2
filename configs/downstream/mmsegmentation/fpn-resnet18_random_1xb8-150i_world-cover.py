# Land cover of the synthetic planet that tools/make_world.py makes.
# Set GEOKR_WORLD to its folder. Masks hold the ten classes of the common
# legend in its order, 255 is ignored.
data_root = '{{$GEOKR_WORLD:data/world}}/segmentation'
benchmark = dict(
    task='segmentation',
    dataset='world cover',
    protocol='fine-tune',
    metric='mIoU',
)
crop = (64, 64)
iterations = 150
metainfo = dict(
    classes=(
        'cultivated',
        'forest',
        'grassland',
        'shrubland',
        'wetland',
        'water',
        'tundra',
        'artificial',
        'bareland',
        'snow_ice',
    ),
    palette=[
        [250, 160, 255],
        [0, 100, 0],
        [100, 255, 0],
        [0, 255, 120],
        [0, 100, 255],
        [0, 0, 255],
        [100, 100, 50],
        [255, 0, 0],
        [190, 190, 190],
        [200, 240, 255],
    ],
)

model = dict(
    type='EncoderDecoder',
    data_preprocessor=dict(
        type='SegDataPreProcessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        bgr_to_rgb=True,
        pad_val=0,
        seg_pad_val=255,
        size=crop,
        test_cfg=dict(size_divisor=32),
    ),
    backbone=dict(
        type='mmpretrain.ResNet',
        depth=18,
        out_indices=(0, 1, 2, 3),
        zero_init_residual=False,
    ),
    neck=dict(
        type='FPN',
        in_channels=[64, 128, 256, 512],
        out_channels=64,
        num_outs=4,
    ),
    decode_head=dict(
        type='FPNHead',
        in_channels=[64, 64, 64, 64],
        in_index=[0, 1, 2, 3],
        feature_strides=[4, 8, 16, 32],
        channels=64,
        dropout_ratio=0.1,
        num_classes=10,
        norm_cfg=dict(type='BN'),
        align_corners=False,
        loss_decode=dict(type='CrossEntropyLoss'),
    ),
    train_cfg=dict(),
    test_cfg=dict(mode='whole'),
)

train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations'),
    dict(type='RandomCrop', crop_size=crop, cat_max_ratio=0.9),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PackSegInputs'),
]
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations'),
    dict(type='PackSegInputs'),
]
# Few labels: set count or share, and seed.
train_dataloader = dict(
    batch_size=8,
    num_workers=0,
    sampler=dict(type='InfiniteSampler', shuffle=True),
    dataset=dict(
        type='geokr_mm.FewLabels',
        seed=0,
        dataset=dict(
            type='BaseSegDataset',
            data_root=data_root,
            data_prefix=dict(
                img_path='images/train', seg_map_path='masks/train'
            ),
            img_suffix='.png',
            seg_map_suffix='.png',
            metainfo=metainfo,
            pipeline=train_pipeline,
        ),
    ),
)
val_dataloader = dict(
    batch_size=1,
    num_workers=0,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='BaseSegDataset',
        data_root=data_root,
        data_prefix=dict(img_path='images/val', seg_map_path='masks/val'),
        img_suffix='.png',
        seg_map_suffix='.png',
        metainfo=metainfo,
        pipeline=test_pipeline,
    ),
)
val_evaluator = dict(type='IoUMetric', iou_metrics=['mIoU'])
test_dataloader = dict(
    batch_size=1,
    num_workers=0,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='BaseSegDataset',
        data_root=data_root,
        data_prefix=dict(img_path='images/test', seg_map_path='masks/test'),
        img_suffix='.png',
        seg_map_suffix='.png',
        metainfo=metainfo,
        pipeline=test_pipeline,
    ),
)
test_evaluator = val_evaluator

optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='AdamW', lr=5e-4, weight_decay=0.05),
)
param_scheduler = [
    dict(type='CosineAnnealingLR', T_max=iterations, by_epoch=False)
]
train_cfg = dict(
    type='IterBasedTrainLoop', max_iters=iterations, val_interval=iterations
)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')
auto_scale_lr = dict(base_batch_size=8, enable=False)

default_scope = 'mmseg'
default_hooks = dict(
    timer=dict(type='IterTimerHook'),
    logger=dict(type='LoggerHook', interval=10),
    param_scheduler=dict(type='ParamSchedulerHook'),
    checkpoint=dict(
        type='CheckpointHook',
        interval=iterations,
        by_epoch=False,
        max_keep_ckpts=1,
        save_optimizer=False,
    ),
    sampler_seed=dict(type='DistSamplerSeedHook'),
)
# Stops a run whose backbone did not load completely.
custom_hooks = [dict(type='geokr_mm.PretrainedGuardHook')]
env_cfg = dict(
    cudnn_benchmark=False,
    mp_cfg=dict(mp_start_method='fork', opencv_num_threads=0),
    dist_cfg=dict(backend='nccl'),
)
log_level = 'INFO'
log_processor = dict(by_epoch=False)
load_from = None
resume = False
randomness = dict(seed=0)
