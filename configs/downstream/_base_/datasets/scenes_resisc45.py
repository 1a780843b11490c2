# NWPU-RESISC45, 31,500 scenes of 45 classes.
# Protocol: a random 10 % of each class for training (Cheng et al., Proc. IEEE
# 2017); with GEOKR_SPLIT=20 20 %.
# Made by: python tools/dataset_converters/resisc45.py DOWNLOAD data/resisc45
_base_ = './scenes_224px.py'
data_root = '{{$GEOKR_SETS:data}}/resisc45/'
split = '{{$GEOKR_SPLIT:10}}'
benchmark = dict(
    task='classification',
    dataset=f'resisc45 {split} %',
    metric='accuracy/top1',
)
data_preprocessor = dict(num_classes=45)
train_images = dict(data_root=data_root, ann_file=f'train_{split}.txt')
train_dataloader = dict(
    dataset=dict(lists=f'{data_root}train_{split}', dataset=train_images)
)
test_images = dict(data_root=data_root, ann_file=f'test_{split}.txt')
val_dataloader = dict(dataset=test_images)
test_dataloader = val_dataloader
