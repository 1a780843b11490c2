# DOTA v1.0, tiles of 1,024 pixels that overlap by 200, 15 classes, horizontal
# boxes. Protocol: trained on train, measured on val; papers measure on the
# makers' server after training on both (Xia et al., CVPR 2018).
# Made by: python tools/dataset_converters/dota.py DOWNLOAD data/dota
_base_ = './boxes_800px.py'
data_root = '{{$GEOKR_SETS:data}}/dota/'
benchmark = dict(
    task='detection',
    dataset='dota',
    protocol='fine-tune',
    metric='coco/bbox_mAP_50',
)
metainfo = dict(
    classes=(
        'plane',
        'baseball-diamond',
        'bridge',
        'ground-track-field',
        'small-vehicle',
        'large-vehicle',
        'ship',
        'tennis-court',
        'basketball-court',
        'storage-tank',
        'soccer-ball-field',
        'roundabout',
        'harbor',
        'swimming-pool',
        'helicopter',
    )
)
size = (1024, 1024)
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations', with_bbox=True),
    dict(type='Resize', scale=size, keep_ratio=True),
    {{_base_.flip}},
    dict(type='PackDetInputs'),
]
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='Resize', scale=size, keep_ratio=True),
    dict(type='LoadAnnotations', with_bbox=True),
    {{_base_.packed}},
]
images = dict(data_root=data_root, metainfo=metainfo)
train_dataloader = dict(
    dataset=dict(
        lists=f'{data_root}train_val',
        dataset=dict(
            **images, ann_file='train_val.json', pipeline=train_pipeline
        ),
    )
)
val_dataloader = dict(
    dataset=dict(**images, ann_file='val_val.json', pipeline=test_pipeline)
)
test_dataloader = val_dataloader
val_evaluator = dict(ann_file=f'{data_root}val_val.json')
test_evaluator = val_evaluator
