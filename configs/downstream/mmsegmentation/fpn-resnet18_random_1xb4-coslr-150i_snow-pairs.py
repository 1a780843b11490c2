# Clouds and snow in Sentinel-2 scenes of some 135 m a pixel.
# Of 24 pairs by name every third is for testing. Set GEOKR_DATA to the folder
# that holds snow_pairs/img and snow_pairs/mask. Configs on ResNet-50 read what
# tools/dataset_converters/snow_pairs.py makes of them.
_base_ = ['../_base_/fpn_resnet18.py', '../_base_/downstream_runtime.py']
data_root = '{{$GEOKR_DATA:data}}/snow_pairs'
benchmark = dict(
    task='segmentation',
    dataset='snow pairs',
    protocol='fine-tune',
    metric='mIoU',
)
metainfo = dict(
    classes=('land', 'cloud', 'snow'),
    palette=[[70, 110, 160], [245, 245, 245], [90, 220, 230]],
)
model = dict(
    data_preprocessor=dict(size=(64, 64)),
    decode_head=dict(num_classes=3),
)
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations'),
    dict(type='RandomCrop', crop_size=(64, 64), cat_max_ratio=1.0),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PackSegInputs'),
]
images = dict(
    type='BaseSegDataset',
    data_root=data_root,
    data_prefix=dict(img_path='img', seg_map_path='mask'),
    img_suffix='.png',
    seg_map_suffix='.png',
    metainfo=metainfo,
)
train_dataloader = dict(
    batch_size=4,
    dataset=dict(
        dataset=dict(
            **images,
            indices=[0, 1, 3, 4, 6, 7, 9, 10, 12, 13, 15, 16, 18, 19, 21, 22],
            pipeline=train_pipeline,
        )
    ),
)
val_dataloader = dict(
    dataset=dict(
        **images,
        indices=[2, 5, 8, 11, 14, 17, 20, 23],
        pipeline={{_base_.test_pipeline}},
    )
)
test_dataloader = val_dataloader
auto_scale_lr = dict(base_batch_size=4, enable=False)
default_hooks = dict(checkpoint=dict(by_epoch=False))
