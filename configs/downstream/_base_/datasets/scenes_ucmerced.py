# UC Merced, 2,100 scenes of 21 classes.
# Protocol: a random 75 % of each class for training (GeoKR, TGRS 2021); with
# GEOKR_SPLIT=50 50 % (GeCo, TGRS 2022); with GEOKR_SPLIT=37.5 37.5 % (GeoKR);
# with GEOKR_SPLIT=80 80 % (Wang et al., TGRS 2022).
# Made by: python tools/dataset_converters/ucmerced.py DOWNLOAD data/ucmerced
_base_ = './scenes_224px.py'
data_root = '{{$GEOKR_SETS:data}}/ucmerced/'
split = '{{$GEOKR_SPLIT:75}}'
benchmark = dict(
    task='classification',
    dataset=f'ucmerced {split} %',
    metric='accuracy/top1',
)
data_preprocessor = dict(num_classes=21)
train_images = dict(data_root=data_root, ann_file=f'train_{split}.txt')
train_dataloader = dict(
    dataset=dict(lists=f'{data_root}train_{split}', dataset=train_images)
)
test_images = dict(data_root=data_root, ann_file=f'test_{split}.txt')
val_dataloader = dict(dataset=test_images)
test_dataloader = val_dataloader
