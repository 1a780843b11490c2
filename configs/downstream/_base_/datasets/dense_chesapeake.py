# Chesapeake, eight patches of 256 pixels of 1 m, four bands, four classes.
# Protocol: four patches for training and four for testing, this project.
# Made by: python tools/dataset_converters/chesapeake.py $GEOKR_DATA
# data/chesapeake
_base_ = './dense_512px.py'
data_root = '{{$GEOKR_SETS:data}}/chesapeake/'
benchmark = dict(
    task='segmentation',
    dataset='chesapeake, 4 bands',
    protocol='fine-tune',
    metric='mIoU',
)
# Mean and deviation of a byte's range.
data_preprocessor = dict(
    mean=[127.5], std=[63.75], bgr_to_rgb=False, size=(240, 240)
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
    metainfo=dict(classes=('water', 'forest', 'field', 'impervious')),
)
train_images = dict(ann_file='train_halves.txt', pipeline=train_pipeline)
train_dataloader = dict(
    dataset=dict(
        lists=f'{data_root}train_halves',
        dataset=dict(**images, **train_images),
    )
)
val_dataloader = dict(
    dataset=dict(**images, ann_file='val_halves.txt', pipeline=test_pipeline)
)
test_dataloader = val_dataloader
