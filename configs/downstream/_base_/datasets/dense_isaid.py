# iSAID, tiles of 896 pixels, 15 classes and background. Protocol: trained on
# train, measured on val, at 896 pixels, as mmsegmentation
# (configs/_base_/datasets/isaid.py there) and Wang et al. (RSP, TGRS 2022).
# Made by: python tools/dataset_converters/isaid.py DOWNLOAD data/isaid
_base_ = './dense_512px.py'
data_root = '{{$GEOKR_SETS:data}}/isaid/'
benchmark = dict(
    task='segmentation',
    dataset='isaid',
    protocol='fine-tune',
    metric='mIoU',
)
data_preprocessor = dict(size=(896, 896))
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations'),
    dict(
        type='RandomResize',
        scale=(896, 896),
        ratio_range=(0.5, 2.0),
        keep_ratio=True,
    ),
    dict(type='RandomCrop', crop_size=(896, 896), cat_max_ratio=0.75),
    {{_base_.flip}},
    dict(type='PhotoMetricDistortion'),
    dict(type='PackSegInputs'),
]
images = dict(type='iSAIDDataset', data_root=data_root, seg_map_suffix='.png')
train_images = dict(ann_file='train_official.txt', pipeline=train_pipeline)
train_dataloader = dict(
    dataset=dict(
        lists=f'{data_root}train_official',
        dataset=dict(**images, **train_images),
    )
)
val_dataloader = dict(dataset=dict(**images, ann_file='val_official.txt'))
test_dataloader = val_dataloader
