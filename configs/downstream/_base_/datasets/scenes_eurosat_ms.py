# EuroSAT, 27,000 scenes of 10 classes, Sentinel-2's 13 bands.
# Protocol: a random 80 % of each class for training (Helber et al., JSTARS
# 2019); with GEOKR_SPLIT=spatial the western 60 % for training, the eastern
# 20 % for testing (EuroSATSpatial of torchgeo).
# Made by: python tools/dataset_converters/eurosat_ms.py DOWNLOAD
# data/eurosat_ms
_base_ = './scenes_224px.py'
data_root = '{{$GEOKR_SETS:data}}/eurosat_ms/'
split = '{{$GEOKR_SPLIT:random}}'
benchmark = dict(
    task='classification',
    dataset=f'eurosat 13 bands {split}',
    metric='accuracy/top1',
)
# The backbone's bands, in the order of wavelengths.
bands = [
    'B01', 'B02', 'B03', 'B04', 'B05', 'B06', 'B07', 'B08', 'B8A', 'B09',
    'B10', 'B11', 'B12',
]  # fmt: skip
# Statistics of torchgeo (torchgeo/datamodules/eurosat.py), rounded.
data_preprocessor = dict(
    num_classes=10,
    mean=[
        1354.4, 1118.2, 1042.9, 947.6, 1199.5, 1999.8, 2369.2, 2296.8, 2594.1,
        732.1, 12.1, 1819.0, 1118.9,
    ],
    std=[
        245.7, 333.0, 395.1, 593.8, 566.4, 861.2, 1086.6, 1118.0, 1231.6,
        404.9, 4.8, 1002.6, 761.3,
    ],
    to_rgb=False,
)  # fmt: skip
# The bands of a file.
band_names = [*bands[:8], 'B09', 'B10', 'B11', 'B12', 'B8A']
load = dict(type='geokr_mm.LoadScenePatch', band_names=band_names, bands=bands)
train_images = dict(
    data_root=data_root,
    ann_file=f'train_{split}.txt',
    pipeline=[
        load,
        dict(type='RandomResizedCrop', scale=224, crop_ratio_range=(0.5, 1.0)),
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
test_images = dict(
    data_root=data_root,
    ann_file=f'test_{split}.txt',
    pipeline=[
        load,
        dict(type='Resize', scale=(224, 224)),
        dict(type='PackInputs'),
    ],
)
val_dataloader = dict(dataset=test_images)
test_dataloader = val_dataloader
