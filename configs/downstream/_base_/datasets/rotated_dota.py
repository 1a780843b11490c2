# DOTA v1.0, tiles of 1,024 pixels that overlap by 200, 15 classes, rotated
# boxes, for mmrotate 1.x. Not run here: mmrotate needs an older mmcv.
# Protocol: trained on train, measured on val; papers measure on the makers'
# server after training on both (Xia et al., CVPR 2018).
# Made by: python tools/dataset_converters/dota.py DOWNLOAD data/dota
data_root = '{{$GEOKR_SETS:data}}/dota/'
benchmark = dict(
    task='detection',
    dataset='dota rotated',
    protocol='fine-tune',
    metric='dota/mAP',
)
data_preprocessor = dict(
    type='mmdet.DetDataPreprocessor',
    mean=[123.675, 116.28, 103.53],
    std=[58.395, 57.12, 57.375],
    bgr_to_rgb=True,
    pad_size_divisor=32,
    boxtype2tensor=False,
)
load = dict(type='mmdet.LoadImageFromFile')
resize = dict(type='mmdet.Resize', scale=(1024, 1024), keep_ratio=True)
boxes = [
    dict(type='mmdet.LoadAnnotations', with_bbox=True, box_type='qbox'),
    dict(type='ConvertBoxType', box_type_mapping=dict(gt_bboxes='rbox')),
]
train_pipeline = [
    load,
    *boxes,
    resize,
    dict(
        type='mmdet.RandomFlip',
        prob=0.75,
        direction=['horizontal', 'vertical', 'diagonal'],
    ),
    dict(type='mmdet.PackDetInputs'),
]
test_pipeline = [
    load,
    resize,
    *boxes,
    dict(
        type='mmdet.PackDetInputs',
        meta_keys=(
            'img_id',
            'img_path',
            'ori_shape',
            'img_shape',
            'scale_factor',
        ),
    ),
]
loader = dict(num_workers=4, persistent_workers=True)
images = dict(type='DOTADataset', data_root=data_root)
train_dataloader = dict(
    **loader,
    batch_size=4,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(
        type='geokr_mm.FewLabels',
        seed=0,
        lists=f'{data_root}train_val',
        dataset=dict(
            **images,
            ann_file='annfiles/train/',
            data_prefix=dict(img_path='images/train/'),
            pipeline=train_pipeline,
        ),
    ),
)
val_dataloader = dict(
    **loader,
    batch_size=1,
    drop_last=False,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        **images,
        ann_file='annfiles/val/',
        data_prefix=dict(img_path='images/val/'),
        test_mode=True,
        pipeline=test_pipeline,
    ),
)
test_dataloader = val_dataloader
val_evaluator = dict(type='DOTAMetric', metric='mAP')
test_evaluator = val_evaluator
