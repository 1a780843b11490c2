# LoveDA, 1024 pixels of 30 cm, seven classes, urban and rural together.
# Protocol: trained on Train, measured on Val, as mmsegmentation; the makers'
# server measures on Test.
# Made by: python tools/dataset_converters/loveda.py DOWNLOAD data/loveda
_base_ = './dense_512px.py'
data_root = '{{$GEOKR_SETS:data}}/loveda/'
benchmark = dict(
    task='segmentation',
    dataset='loveda',
    protocol='fine-tune',
    metric='mIoU',
)
images = dict(type='LoveDADataset', data_root=data_root)
train_dataloader = dict(
    dataset=dict(
        lists=f'{data_root}train_official',
        dataset=dict(**images, ann_file='train_official.txt'),
    )
)
val_dataloader = dict(dataset=dict(**images, ann_file='val_official.txt'))
test_dataloader = val_dataloader
