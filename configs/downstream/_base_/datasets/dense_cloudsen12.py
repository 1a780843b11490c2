# CloudSEN12, Sentinel-2 patches of 512 pixels, 13 bands of level 1C; clear,
# thick cloud, thin cloud and shadow. Protocol: official parts, measured on
# test (Aybar et al., Scientific Data 2022).
# Made by: python tools/dataset_converters/cloudsen12.py DOWNLOAD
# data/cloudsen12
_base_ = './dense_512px.py'
data_root = '{{$GEOKR_SETS:data}}/cloudsen12/'
benchmark = dict(
    task='segmentation',
    dataset='cloudsen12',
    protocol='fine-tune',
    metric='mIoU',
)
bands = [
    'B01', 'B02', 'B03', 'B04', 'B05', 'B06', 'B07', 'B08', 'B8A', 'B09',
    'B10', 'B11', 'B12',
]  # fmt: skip
# One number for all bands, which is what mmsegmentation takes: the means of
# EuroSAT's statistics, which is level 1C too (torchgeo,
# torchgeo/datamodules/eurosat.py).
data_preprocessor = dict(
    mean=[1431.1],
    std=[661.9],
    bgr_to_rgb=False,
    size=(512, 512),
)
load = dict(type='geokr_mm.LoadScenePatch', band_names=bands)
train_pipeline = [
    load,
    dict(type='LoadAnnotations'),
    {{_base_.flip}},
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
    metainfo=dict(
        classes=('clear', 'thick cloud', 'thin cloud', 'cloud shadow')
    ),
)
train_images = dict(ann_file='train_official.txt', pipeline=train_pipeline)
train_dataloader = dict(
    dataset=dict(
        lists=f'{data_root}train_official',
        dataset=dict(**images, **train_images),
    )
)
val_dataloader = dict(
    dataset=dict(
        **images, ann_file='test_official.txt', pipeline=test_pipeline
    )
)
test_dataloader = val_dataloader
