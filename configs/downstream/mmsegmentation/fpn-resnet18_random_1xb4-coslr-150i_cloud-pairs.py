# Clouds in images of five sources.
# Of each source the last pair by name is for testing, those before it are
# for training: 15 and 5 pairs. Set GEOKR_DATA to the folder that holds
# cloud_pairs/. Thin cloud counts as cloud and shadow as clear. Configs on
# ResNet-50 read what tools/dataset_converters/cloud_pairs.py makes of them.
_base_ = ['../_base_/fpn_resnet18.py', '../_base_/downstream_runtime.py']
data_root = '{{$GEOKR_DATA:data}}/cloud_pairs'
benchmark = dict(
    task='segmentation',
    dataset='cloud pairs',
    protocol='fine-tune',
    metric='mIoU',
)
model = dict(
    data_preprocessor=dict(size=(128, 128)),
    decode_head=dict(num_classes=2),
)
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations'),
    dict(type='RandomCrop', crop_size=(128, 128), cat_max_ratio=1.0),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PackSegInputs'),
]
images = dict(type='geokr_mm.CloudPairs', data_root=data_root)
train_dataloader = dict(
    batch_size=4,
    dataset=dict(
        dataset=dict(
            **images,
            split='train',
            pipeline=train_pipeline,
        )
    ),
)
val_dataloader = dict(
    dataset=dict(
        **images,
        split='test',
        pipeline={{_base_.test_pipeline}},
    )
)
test_dataloader = val_dataloader
auto_scale_lr = dict(base_batch_size=4, enable=False)
default_hooks = dict(checkpoint=dict(by_epoch=False))
