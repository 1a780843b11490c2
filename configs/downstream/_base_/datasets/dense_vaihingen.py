# ISPRS Vaihingen, 742 tiles of 512 pixels, 9 cm, six classes. Bands are near
# infrared, red and green. Protocol: 16 images for training and 17 for testing,
# as mmsegmentation (tools/dataset_converters/vaihingen.py there).
# Made by: python tools/dataset_converters/vaihingen.py DOWNLOAD data/vaihingen
_base_ = './dense_512px.py'
data_root = '{{$GEOKR_SETS:data}}/vaihingen/'
benchmark = dict(
    task='segmentation',
    dataset='vaihingen',
    protocol='fine-tune',
    metric='mIoU',
)
images = dict(type='ISPRSDataset', data_root=data_root)
train_dataloader = dict(
    dataset=dict(
        lists=f'{data_root}train_mmseg',
        dataset=dict(**images, ann_file='train_mmseg.txt'),
    )
)
val_dataloader = dict(dataset=dict(**images, ann_file='val_mmseg.txt'))
test_dataloader = val_dataloader
