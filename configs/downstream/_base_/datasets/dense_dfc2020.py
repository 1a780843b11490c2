# DFC2020, patches of 256 pixels of 10 m, Sentinel-2's 13 bands, eight classes;
# savanna and snow do not count. Protocol: trained on the 5,128 patches of the
# test phase, measured on the 986 of validation (Fuller et al., CROMA, NeurIPS
# 2023, arXiv:2311.00566, who cut them to 96 pixels).
# Made by: python tools/dataset_converters/dfc2020.py DOWNLOAD data/dfc2020
_base_ = './dense_512px.py'
data_root = '{{$GEOKR_SETS:data}}/dfc2020/'
benchmark = dict(
    task='segmentation',
    dataset='dfc2020',
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
    size=(256, 256),
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
        classes=(
            'forest',
            'shrubland',
            'grassland',
            'wetlands',
            'croplands',
            'urban',
            'barren',
            'water',
        )
    ),
)
train_images = dict(ann_file='train_croma.txt', pipeline=train_pipeline)
train_dataloader = dict(
    dataset=dict(
        lists=f'{data_root}train_croma', dataset=dict(**images, **train_images)
    )
)
val_dataloader = dict(
    dataset=dict(**images, ann_file='test_croma.txt', pipeline=test_pipeline)
)
test_dataloader = val_dataloader
