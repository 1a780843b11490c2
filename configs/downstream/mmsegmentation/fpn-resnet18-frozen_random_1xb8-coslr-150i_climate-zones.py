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
    data_preprocessor=dict(bgr_to_rgb=False, size=(64, 64)),
    backbone=dict(frozen_stages=4, norm_eval=True),
    decode_head=dict(num_classes=5),
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
    batch_size=8,
    dataset=dict(
        **images,
        data_prefix=dict(img_path='images/val', seg_map_path='masks/val'),
        pipeline=test_pipeline,
    ),
)
test_dataloader = val_dataloader
optim_wrapper = dict(optimizer=dict(lr=2e-3))
auto_scale_lr = dict(base_batch_size=8, enable=False)
default_hooks = dict(checkpoint=dict(by_epoch=False))
