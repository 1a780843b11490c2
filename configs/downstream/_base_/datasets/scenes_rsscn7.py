# RSSCN7, 2,800 scenes of 7 classes.
# Protocol: a random 50 % of each class for training (Zou et al., GRSL 2015);
# with GEOKR_SPLIT=20 20 % (Xia et al., TGRS 2017).
# Made by: python tools/dataset_converters/rsscn7.py DOWNLOAD data/rsscn7
_base_ = './scenes_224px.py'
data_root = '{{$GEOKR_SETS:data}}/rsscn7/'
split = '{{$GEOKR_SPLIT:50}}'
benchmark = dict(
    task='classification',
    dataset=f'rsscn7 {split} %',
    metric='accuracy/top1',
)
data_preprocessor = dict(num_classes=7)
train_images = dict(data_root=data_root, ann_file=f'train_{split}.txt')
train_dataloader = dict(
    dataset=dict(lists=f'{data_root}train_{split}', dataset=train_images)
)
test_images = dict(data_root=data_root, ann_file=f'test_{split}.txt')
val_dataloader = dict(dataset=test_images)
test_dataloader = val_dataloader
