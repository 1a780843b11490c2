# LEVIR, aerial images of 800 x 600 pixels, three classes. Protocol: a random
# 80 % of the images with objects for training, this project; GeoKR and GeCo
# state no parts.
# Made by: python tools/dataset_converters/levir.py DOWNLOAD data/levir
_base_ = './boxes_800px.py'
data_root = '{{$GEOKR_SETS:data}}/levir/'
benchmark = dict(
    task='detection',
    dataset='levir',
    protocol='fine-tune',
    metric='coco/bbox_mAP_50',
)
metainfo = dict(
    classes=(
        'airplane',
        'ship',
        'oilpot',
    )
)
images = dict(data_root=data_root, metainfo=metainfo)
train_dataloader = dict(
    dataset=dict(
        lists=f'{data_root}train_random',
        dataset=dict(**images, ann_file='train_random.json'),
    )
)
val_dataloader = dict(dataset=dict(**images, ann_file='test_random.json'))
test_dataloader = val_dataloader
val_evaluator = dict(ann_file=f'{data_root}test_random.json')
test_evaluator = val_evaluator
