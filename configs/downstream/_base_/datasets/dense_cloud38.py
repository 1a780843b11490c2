# 38-Cloud, Landsat 8 patches of 384 pixels, four bands, clear and cloud.
# Protocol: patches of 18 scenes for training and of 20 for testing (Mohajerani
# and Saeedi, IGARSS 2019), crops of 240 pixels as for Levir_CS. All test
# pixels count alike; the makers average over scenes.
# Made by: python tools/dataset_converters/cloud38.py DOWNLOAD data/cloud38
_base_ = './dense_512px.py'
data_root = '{{$GEOKR_SETS:data}}/cloud38/'
benchmark = dict(
    task='segmentation',
    dataset='38-cloud',
    protocol='fine-tune',
    metric='mIoU',
)
# Mean and deviation of the range of numbers.
data_preprocessor = dict(
    mean=[32767.5], std=[16383.75], bgr_to_rgb=False, size=(240, 240)
)
load = dict(
    type='geokr_mm.LoadScenePatch', band_names=['blue', 'green', 'red', 'nir']
)
train_pipeline = [
    load,
    dict(type='LoadAnnotations'),
    dict(type='RandomCrop', crop_size=(240, 240)),
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
    metainfo=dict(classes=('clear', 'cloud')),
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
