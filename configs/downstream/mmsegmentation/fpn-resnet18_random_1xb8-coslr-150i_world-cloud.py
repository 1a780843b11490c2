# Clouds and snow of the synthetic planet that tools/make_world.py makes.
# Set GEOKR_WORLD to its folder. Masks hold 0 clear, 1 cloud, 2 snow.
_base_ = ['../_base_/fpn_resnet18.py', '../_base_/downstream_runtime.py']
data_root = '{{$GEOKR_WORLD:data/world}}/cloud'
benchmark = dict(
    task='segmentation',
    dataset='world cloud',
    protocol='fine-tune',
    metric='mIoU',
)
metainfo = dict(
    classes=('clear', 'cloud', 'snow'),
    palette=[[90, 120, 60], [255, 255, 255], [120, 200, 255]],
)
model = dict(
    data_preprocessor=dict(size=(64, 64)),
    decode_head=dict(num_classes=3),
)
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations'),
    dict(type='RandomCrop', crop_size=(64, 64), cat_max_ratio=0.95),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PackSegInputs'),
]
images = dict(
    type='BaseSegDataset',
    data_root=data_root,
    img_suffix='.png',
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
    dataset=dict(
        **images,
        data_prefix=dict(img_path='images/val', seg_map_path='masks/val'),
        pipeline={{_base_.test_pipeline}},
    )
)
test_dataloader = dict(
    dataset=dict(
        **images,
        data_prefix=dict(img_path='images/test', seg_map_path='masks/test'),
        pipeline={{_base_.test_pipeline}},
    )
)
auto_scale_lr = dict(base_batch_size=8, enable=False)
default_hooks = dict(checkpoint=dict(by_epoch=False))
