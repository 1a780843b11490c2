# NLCD of one Landsat 8 scene, pixel by pixel, in blocks of the scene that
# pre-training has not seen. Made by tools/export_masks.py, whose --help has
# the commands; set GEOKR_MASKS to its folder.
_base_ = [
    '../_base_/fpn_resnet18.py',
    '../_base_/common_legend.py',
    '../_base_/downstream_runtime.py',
]
data_root = '{{$GEOKR_MASKS:data/zion/masks}}'
benchmark = dict(
    task='segmentation',
    dataset='zion nlcd',
    protocol='fine-tune',
    metric='mIoU',
)
# Any number of bands: mean and deviation of a byte's range.
model = dict(
    data_preprocessor=dict(
        mean=[127.5], std=[63.75], bgr_to_rgb=False, size=(64, 64)
    ),
    backbone=dict(in_channels=4),
    decode_head=dict(num_classes=10),
)
load = dict(
    type='LoadImageFromFile',
    color_type='unchanged',
    imdecode_backend='tifffile',
)
train_pipeline = [
    load,
    dict(type='LoadAnnotations'),
    dict(type='RandomCrop', crop_size=(64, 64), cat_max_ratio=0.9),
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
    img_suffix='.tif',
    seg_map_suffix='.png',
    metainfo={{_base_.metainfo}},
)
train_dataloader = dict(
    batch_size=8,
    dataset=dict(
        dataset=dict(
            **images,
            data_prefix=dict(
                img_path='images/train', seg_map_path='masks/train'
            ),
            pipeline=train_pipeline,
        )
    ),
)
val_dataloader = dict(
    dataset=dict(
        **images,
        data_prefix=dict(img_path='images/val', seg_map_path='masks/val'),
        pipeline=test_pipeline,
    )
)
test_dataloader = val_dataloader
auto_scale_lr = dict(base_batch_size=8, enable=False)
default_hooks = dict(checkpoint=dict(by_epoch=False))
param_scheduler = [dict(type='CosineAnnealingLR', T_max=300, by_epoch=False)]
train_cfg = dict(max_iters=300, val_interval=300)
