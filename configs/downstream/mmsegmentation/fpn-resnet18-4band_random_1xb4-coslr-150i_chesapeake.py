# Chesapeake land cover from four bands, for a backbone of Landsat.
# Made by: python tools/dataset_converters/chesapeake.py $GEOKR_DATA
# data/chesapeake
# Bands in the order of Landsat 8 B2-B5: blue, green, red, near infrared.
# Four patches are for training and four for testing.
_base_ = ['../_base_/fpn_resnet18.py', '../_base_/downstream_runtime.py']
data_root = 'data/chesapeake'
benchmark = dict(
    task='segmentation',
    dataset='chesapeake, 4 bands',
    protocol='fine-tune',
    metric='mIoU',
)
metainfo = dict(
    classes=('water', 'forest', 'field', 'impervious'),
    palette=[[0, 80, 200], [20, 110, 40], [200, 210, 90], [200, 60, 60]],
)
# Any number of bands: mean and deviation of a byte's range.
model = dict(
    data_preprocessor=dict(
        mean=[127.5], std=[63.75], bgr_to_rgb=False, size=(128, 128)
    ),
    backbone=dict(in_channels=4),
    decode_head=dict(num_classes=4),
)
load = dict(
    type='LoadImageFromFile',
    color_type='unchanged',
    imdecode_backend='tifffile',
)
train_pipeline = [
    load,
    dict(type='LoadAnnotations'),
    dict(type='RandomCrop', crop_size=(128, 128), cat_max_ratio=0.9),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PackSegInputs'),
]
test_pipeline = [
    load,
    dict(type='LoadAnnotations'),
    dict(type='PackSegInputs'),
]
images = dict(
    type='BaseSegDataset',
    data_root=data_root,
    data_prefix=dict(img_path='images', seg_map_path='masks'),
    img_suffix='.tif',
    seg_map_suffix='.png',
    metainfo=metainfo,
)
train_dataloader = dict(
    batch_size=4,
    dataset=dict(
        dataset=dict(
            **images,
            ann_file='train_halves.txt',
            pipeline=train_pipeline,
        )
    ),
)
val_dataloader = dict(
    dataset=dict(
        **images,
        ann_file='val_halves.txt',
        pipeline=test_pipeline,
    )
)
test_dataloader = val_dataloader
auto_scale_lr = dict(base_batch_size=4, enable=False)
default_hooks = dict(checkpoint=dict(by_epoch=False))
