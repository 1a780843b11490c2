# NWPU VHR-10 object detection, small and short enough for a CPU.
# Made by: python tools/dataset_converters/nwpu_vhr10.py $GEOKR_DATA
# data/nwpu_vhr10 --piece
# Every third image, by name, is for testing.
_base_ = [
    '../_base_/faster-rcnn_resnet18-fpn.py',
    '../_base_/downstream_runtime.py',
]
data_root = 'data/nwpu_vhr10/'
benchmark = dict(
    task='detection',
    dataset='nwpu vhr-10',
    protocol='fine-tune',
    metric='coco/bbox_mAP_50',
)
size = (320, 320)
metainfo = dict(
    classes=(
        'airplane',
        'ship',
        'storage_tank',
        'baseball_diamond',
        'tennis_court',
        'basketball_court',
        'ground_track_field',
        'harbor',
        'bridge',
        'vehicle',
    )
)
model = dict(roi_head=dict(bbox_head=dict(num_classes=10)))

train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations', with_bbox=True),
    dict(type='Resize', scale=size, keep_ratio=True),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PackDetInputs'),
]
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='Resize', scale=size, keep_ratio=True),
    dict(type='LoadAnnotations', with_bbox=True),
    dict(
        type='PackDetInputs',
        meta_keys=(
            'img_id',
            'img_path',
            'ori_shape',
            'img_shape',
            'scale_factor',
        ),
    ),
]
images = dict(
    type='CocoDataset',
    data_root=data_root,
    metainfo=metainfo,
    data_prefix=dict(img='images/'),
)
held_out = dict(**images, test_mode=True, pipeline=test_pipeline)
train_dataloader = dict(
    dataset=dict(
        dataset=dict(
            **images, ann_file='train_thirds.json', pipeline=train_pipeline
        )
    )
)
val_dataloader = dict(dataset=dict(**held_out, ann_file='val_thirds.json'))
val_evaluator = dict(ann_file=data_root + 'val_thirds.json')
test_dataloader = val_dataloader
test_evaluator = val_evaluator

param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, by_epoch=False, begin=0, end=100),
    dict(type='CosineAnnealingLR', T_max=24, convert_to_iter_based=True),
]
train_cfg = dict(max_epochs=24, val_interval=24)
