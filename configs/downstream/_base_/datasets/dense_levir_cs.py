# Levir_CS, 4,168 Gaofen-1 scenes at 160 m, four bands, clear, cloud and snow.
# Protocol: official lists of 3,068 and 1,100 scenes, crops of 240 pixels, 4 a
# step, numbers up to 1023 (Wu et al., ISPRS Journal 174, 2021;
# github.com/permanentCH5/GeoInfoNet).
# Made by: python tools/dataset_converters/levir_cs.py DOWNLOAD data/levir_cs
_base_ = './dense_512px.py'
data_root = '{{$GEOKR_SETS:data}}/levir_cs/'
benchmark = dict(
    task='segmentation',
    dataset='levir_cs',
    protocol='fine-tune',
    metric='mIoU',
)
# Mean and deviation of the range of numbers.
data_preprocessor = dict(
    mean=[511.5], std=[255.75], bgr_to_rgb=False, size=(240, 240)
)
load = dict(
    type='geokr_mm.LoadScenePatch', band_names=['blue', 'green', 'red', 'nir']
)
train_pipeline = [
    load,
    dict(type='LoadAnnotations', imdecode_backend='cv2'),
    dict(type='RandomCrop', crop_size=(240, 240)),
    {{_base_.flip}},
    dict(type='PackSegInputs'),
]
test_pipeline = [
    load,
    dict(type='LoadAnnotations', imdecode_backend='cv2'),
    dict(type='PackSegInputs'),
]
images = dict(
    type='BaseSegDataset',
    data_root=data_root,
    img_suffix='.tiff',
    seg_map_suffix='.tif',
    metainfo=dict(classes=('clear', 'cloud', 'snow')),
)
train_images = dict(ann_file='train_official.txt', pipeline=train_pipeline)
train_dataloader = dict(
    batch_size=4,
    dataset=dict(
        lists=f'{data_root}train_official',
        dataset=dict(**images, **train_images),
    ),
)
val_dataloader = dict(
    dataset=dict(
        **images, ann_file='test_official.txt', pipeline=test_pipeline
    )
)
test_dataloader = val_dataloader
