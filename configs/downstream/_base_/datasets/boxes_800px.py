# Images of red, green and blue with boxes, 800 pixels on the shorter side.
# Images are read as BGR and turned into RGB, which the statistics are for.
data_preprocessor = dict(
    type='DetDataPreprocessor',
    mean=[123.675, 116.28, 103.53],
    std=[58.395, 57.12, 57.375],
    bgr_to_rgb=True,
    pad_size_divisor=32,
)
size = (1333, 800)
flip = dict(
    type='RandomFlip',
    prob=0.75,
    direction=['horizontal', 'vertical', 'diagonal'],
)
packed = dict(
    type='PackDetInputs',
    meta_keys=(
        'img_id',
        'img_path',
        'ori_shape',
        'img_shape',
        'scale_factor',
    ),
)
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations', with_bbox=True),
    dict(type='Resize', scale=size, keep_ratio=True),
    flip,
    dict(type='PackDetInputs'),
]
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='Resize', scale=size, keep_ratio=True),
    dict(type='LoadAnnotations', with_bbox=True),
    packed,
]
loader = dict(num_workers=4, persistent_workers=True)
images = dict(type='CocoDataset', data_prefix=dict(img='images/'))
# Few labels: share (0.01, 0.05, 0.1, 0.2) and seed.
train_dataloader = dict(
    **loader,
    batch_size=4,
    sampler=dict(type='DefaultSampler', shuffle=True),
    batch_sampler=dict(type='AspectRatioBatchSampler'),
    dataset=dict(
        type='geokr_mm.FewLabels',
        seed=0,
        dataset=dict(**images, pipeline=train_pipeline),
    ),
)
val_dataloader = dict(
    **loader,
    batch_size=1,
    drop_last=False,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(**images, test_mode=True, pipeline=test_pipeline),
)
test_dataloader = val_dataloader
val_evaluator = dict(type='CocoMetric', metric='bbox', format_only=False)
test_evaluator = val_evaluator
