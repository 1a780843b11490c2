# ISPRS Potsdam, 5,472 tiles of 512 pixels, 5 cm, six classes. Protocol: 24
# images for training and 14 for testing, as mmsegmentation
# (tools/dataset_converters/potsdam.py there).
# Made by: python tools/dataset_converters/potsdam.py DOWNLOAD data/potsdam
_base_ = './dense_512px.py'
data_root = '{{$GEOKR_SETS:data}}/potsdam/'
benchmark = dict(
    task='segmentation',
    dataset='potsdam',
    protocol='fine-tune',
    metric='mIoU',
)
images = dict(type='PotsdamDataset', data_root=data_root)
train_dataloader = dict(
    dataset=dict(
        lists=f'{data_root}train_mmseg',
        dataset=dict(**images, ann_file='train_mmseg.txt'),
    )
)
val_dataloader = dict(dataset=dict(**images, ann_file='val_mmseg.txt'))
test_dataloader = val_dataloader
