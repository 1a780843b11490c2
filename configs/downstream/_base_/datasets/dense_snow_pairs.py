# 24 pairs of Sentinel-2 scenes, some 135 m a pixel, land, cloud and snow.
# Protocol: by name every third pair for testing, this project.
# Made by: python tools/dataset_converters/snow_pairs.py $GEOKR_DATA
# data/snow_pairs
_base_ = './dense_512px.py'
data_root = '{{$GEOKR_SETS:data}}/snow_pairs/'
benchmark = dict(
    task='segmentation',
    dataset='snow pairs',
    protocol='fine-tune',
    metric='mIoU',
)
images = dict(
    type='BaseSegDataset',
    data_root=data_root,
    img_suffix='.png',
    metainfo=dict(classes=('land', 'cloud', 'snow')),
)
train_dataloader = dict(
    dataset=dict(
        lists=f'{data_root}train_thirds',
        dataset=dict(**images, ann_file='train_thirds.txt'),
    )
)
val_dataloader = dict(dataset=dict(**images, ann_file='test_thirds.txt'))
test_dataloader = val_dataloader
