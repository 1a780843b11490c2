# GF12MS-WHU, Gaofen blocks of 250 pixels, four bands, clear and cloud.
# Protocol: labelled blocks of Gaofen-1, or of Gaofen-2 with GEOKR_SPLIT=gf2
# (Zhu et al., TGRS 2024), crops of 240 pixels as for Levir_CS.
# Made by: python tools/dataset_converters/gf12ms_whu.py DOWNLOAD
# data/gf12ms_whu
_base_ = './dense_512px.py'
data_root = '{{$GEOKR_SETS:data}}/gf12ms_whu/'
split = '{{$GEOKR_SPLIT:gf1}}'
benchmark = dict(
    task='segmentation',
    dataset=f'gf12ms-whu {split}',
    protocol='fine-tune',
    metric='mIoU',
)
# Mean and deviation of the range of Gaofen's 10 bits.
data_preprocessor = dict(
    mean=[511.5], std=[255.75], bgr_to_rgb=False, size=(240, 240)
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
    img_suffix='.tiff',
    metainfo=dict(classes=('clear', 'cloud')),
)
train_images = dict(ann_file=f'train_{split}.txt', pipeline=train_pipeline)
train_dataloader = dict(
    dataset=dict(
        lists=f'{data_root}train_{split}',
        dataset=dict(**images, **train_images),
    )
)
val_dataloader = dict(
    dataset=dict(
        **images, ann_file=f'test_{split}.txt', pipeline=test_pipeline
    )
)
test_dataloader = val_dataloader
