# ISPRS Potsdam in the layout of mmsegmentation.
# The sample has one tile, used for both training and testing: this shows that
# the layout is read, not how good a model is. For the whole set see
# tools/dataset_converters/potsdam.py and the configs on ResNet-50.
_base_ = ['../_base_/fpn_resnet18.py', '../_base_/downstream_runtime.py']
data_root = '{{$GEOKR_DATA:data}}/mmseg_samples/pseudo_potsdam_dataset'
benchmark = dict(
    task='segmentation',
    dataset='potsdam sample',
    protocol='fine-tune',
    metric='mIoU',
)
model = dict(
    data_preprocessor=dict(size=(128, 128)),
    decode_head=dict(num_classes=6),
)
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations', reduce_zero_label=True),
    dict(type='RandomCrop', crop_size=(128, 128), cat_max_ratio=0.9),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PackSegInputs'),
]
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations', reduce_zero_label=True),
    dict(type='PackSegInputs'),
]
images = dict(type='PotsdamDataset', data_root=data_root)
train_dataloader = dict(
    batch_size=4,
    dataset=dict(
        dataset=dict(
            **images,
            data_prefix=dict(img_path='img_dir', seg_map_path='ann_dir'),
            pipeline=train_pipeline,
        )
    ),
)
val_dataloader = dict(
    dataset=dict(
        **images,
        data_prefix=dict(img_path='img_dir', seg_map_path='ann_dir'),
        pipeline=test_pipeline,
    )
)
test_dataloader = val_dataloader
auto_scale_lr = dict(base_batch_size=4, enable=False)
default_hooks = dict(checkpoint=dict(by_epoch=False))
