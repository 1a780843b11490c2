# 20 pairs of images of five sources, clear and cloud.
# Protocol: of each source the last pair for testing, this project.
# Made by: python tools/dataset_converters/cloud_pairs.py $GEOKR_DATA
# data/cloud_pairs
_base_ = './dense_512px.py'
data_root = '{{$GEOKR_SETS:data}}/cloud_pairs/'
benchmark = dict(
    task='segmentation',
    dataset='cloud pairs',
    protocol='fine-tune',
    metric='mIoU',
)
images = dict(
    type='BaseSegDataset',
    data_root=data_root,
    img_suffix='.png',
    metainfo=dict(classes=('clear', 'cloud')),
)
train_dataloader = dict(
    dataset=dict(
        lists=f'{data_root}train_last',
        dataset=dict(**images, ann_file='train_last.txt'),
    )
)
val_dataloader = dict(dataset=dict(**images, ann_file='test_last.txt'))
test_dataloader = val_dataloader
