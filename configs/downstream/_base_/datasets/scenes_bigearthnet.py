# BigEarthNet-S2, 519,284 patches of twelve bands, each with several of 19
# classes. Protocol: a random 10 % of the official training list (SeCo, Manas
# et al. 2021; SSL4EO-S12, Wang et al. 2023), all of it with GEOKR_SPLIT=100.
# Both papers measure on the validation list, as training does at its end.
# Made by: python tools/dataset_converters/bigearthnet.py DOWNLOAD
# data/bigearthnet
_base_ = './scenes_224px.py'
data_root = '{{$GEOKR_SETS:data}}/bigearthnet/'
split = '{{$GEOKR_SPLIT:10}}'
benchmark = dict(
    task='classification',
    dataset=f'bigearthnet {split} %',
    metric='multi-label/micro_mAP',
)
bands = [
    'B01', 'B02', 'B03', 'B04', 'B05', 'B06', 'B07', 'B08', 'B8A', 'B09',
    'B11', 'B12',
]  # fmt: skip
# Statistics of SeCo (datasets/bigearthnet_dataset.py), rounded.
data_preprocessor = dict(
    num_classes=19,
    to_onehot=True,
    mean=[
        340.8, 429.9, 614.2, 590.2, 950.7, 1792.5, 2075.5, 2218.9, 2266.5,
        2246.1, 1594.4, 1009.3,
    ],
    std=[
        554.8, 572.4, 582.9, 675.9, 729.9, 1096.0, 1273.5, 1365.5, 1356.1,
        1302.3, 1079.2, 818.9,
    ],
    to_rgb=False,
)  # fmt: skip
images = dict(type='geokr_mm.SeveralLabels', data_root=data_root)
load = dict(type='geokr_mm.LoadBandFiles', bands=bands, size=120)
train_images = dict(
    **images,
    ann_file=f'train_{split}.txt',
    pipeline=[
        load,
        # Milder, since a small part of a patch may lack some of its classes.
        dict(type='RandomResizedCrop', scale=224, crop_ratio_range=(0.8, 1.0)),
        dict(
            type='RandomFlip',
            prob=0.75,
            direction=['horizontal', 'vertical', 'diagonal'],
        ),
        dict(type='PackInputs'),
    ],
)
train_dataloader = dict(
    dataset=dict(lists=f'{data_root}train_{split}', dataset=train_images)
)
test_pipeline = [
    load,
    dict(type='Resize', scale=(224, 224)),
    dict(type='PackInputs'),
]
val_dataloader = dict(
    dataset=dict(**images, ann_file=f'val_{split}.txt', pipeline=test_pipeline)
)
test_dataloader = dict(
    dataset=dict(
        **images, ann_file=f'test_{split}.txt', pipeline=test_pipeline
    )
)
val_evaluator = dict(_delete_=True, type='geokr_mm.MicroAveragePrecision')
test_evaluator = val_evaluator
