# Climate groups, pixel by pixel, on a frozen backbone. Images and masks are
# written by tools/export_masks.py with the product koppen_geiger and its
# native legend; set GEOKR_MASKS to their folder.
_base_ = ['../_base_/fpn_resnet18.py', '../_base_/downstream_runtime.py']
data_root = '{{$GEOKR_MASKS:data/climate_zones}}'
benchmark = dict(
    task='segmentation',
    dataset='climate zones',
    protocol='frozen',
    metric='mIoU',
)
metainfo = dict(
    classes=('tropical', 'arid', 'temperate', 'cold', 'polar'),
    palette=[
        [0, 0, 255],
        [255, 0, 0],
        [200, 255, 80],
        [55, 200, 255],
        [178, 178, 178],
    ],
)
model = dict(
    data_preprocessor=dict(
        bgr_to_rgb=False,
        size=(30, 30),
        # Images keep the size of the patches in pre-training.
        test_cfg=dict(size_divisor=1),
    ),
    backbone=dict(frozen_stages=4, norm_eval=True),
    neck=None,
    decode_head=dict(
        _delete_=True,
        type='FCNHead',
        num_classes=5,
        in_channels=[128, 256, 512],
        in_index=[1, 2, 3],
        input_transform='resize_concat',
        num_convs=1,
        kernel_size=1,
        channels=128,
        concat_input=False,
        dropout_ratio=0.1,
        norm_cfg=dict(type='BN'),
        align_corners=False,
        loss_decode=dict(type='CrossEntropyLoss'),
    ),
)
load = dict(
    type='LoadImageFromFile',
    color_type='unchanged',
    imdecode_backend='tifffile',
)
train_pipeline = [
    load,
    dict(type='LoadAnnotations'),
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
    metainfo=metainfo,
)
train_dataloader = dict(
    batch_size=16,
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
    batch_size=32,
    dataset=dict(
        **images,
        data_prefix=dict(img_path='images/val', seg_map_path='masks/val'),
        pipeline=test_pipeline,
    ),
)
test_dataloader = val_dataloader
optim_wrapper = dict(optimizer=dict(lr=2e-3))
param_scheduler = [dict(type='CosineAnnealingLR', T_max=200, by_epoch=False)]
train_cfg = dict(max_iters=200, val_interval=200)
auto_scale_lr = dict(base_batch_size=16, enable=False)
default_hooks = dict(checkpoint=dict(by_epoch=False))
