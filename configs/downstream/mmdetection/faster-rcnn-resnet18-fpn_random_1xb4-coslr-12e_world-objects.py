# Aircraft, ships and storage tanks of the synthetic planet that
# tools/make_world.py makes. Set GEOKR_WORLD to its folder.
_base_ = [
    '../_base_/faster-rcnn_resnet18-fpn.py',
    '../_base_/downstream_runtime.py',
]
data_root = '{{$GEOKR_WORLD:data/world}}/detection/'
benchmark = dict(
    task='detection',
    dataset='world objects',
    protocol='fine-tune',
    metric='coco/bbox_mAP_50',
)
size = (128, 128)
metainfo = dict(classes=('aircraft', 'ship', 'storage_tank'))
model = dict(roi_head=dict(bbox_head=dict(num_classes=3)))

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
        dataset=dict(**images, ann_file='train.json', pipeline=train_pipeline)
    )
)
val_dataloader = dict(dataset=dict(**held_out, ann_file='val.json'))
val_evaluator = dict(ann_file=data_root + 'val.json')
test_dataloader = dict(dataset=dict(**held_out, ann_file='test.json'))
test_evaluator = dict(ann_file=data_root + 'test.json')

param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, by_epoch=False, begin=0, end=20),
    dict(type='CosineAnnealingLR', T_max=12, convert_to_iter_based=True),
]
train_cfg = dict(max_epochs=12, val_interval=12)
