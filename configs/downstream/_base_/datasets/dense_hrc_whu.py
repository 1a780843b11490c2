# HRC_WHU, 150 images of 1280 x 720 pixels, 0.5 to 15 m, clear and cloud.
# Protocol: 120 images for training and 30 for testing
# (github.com/XavierJiezou/cloudseg).
# Made by: python tools/dataset_converters/hrc_whu.py DOWNLOAD data/hrc_whu
_base_ = './dense_512px.py'
data_root = '{{$GEOKR_SETS:data}}/hrc_whu/'
benchmark = dict(
    task='segmentation',
    dataset='hrc whu',
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
        lists=f'{data_root}train_cloudseg',
        dataset=dict(**images, ann_file='train_cloudseg.txt'),
    )
)
val_dataloader = dict(dataset=dict(**images, ann_file='test_cloudseg.txt'))
test_dataloader = val_dataloader
