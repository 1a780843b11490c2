# AID, 10,000 scenes of 30 classes.
# Protocol: a random 20 % of each class for training (Xia et al., TGRS 2017);
# with GEOKR_SPLIT=50 50 %.
# Made by: python tools/dataset_converters/aid.py DOWNLOAD data/aid
_base_ = './scenes_224px.py'
data_root = '{{$GEOKR_SETS:data}}/aid/'
split = '{{$GEOKR_SPLIT:20}}'
benchmark = dict(
    task='classification',
    dataset=f'aid {split} %',
    metric='accuracy/top1',
)
data_preprocessor = dict(num_classes=30)
train_images = dict(data_root=data_root, ann_file=f'train_{split}.txt')
train_dataloader = dict(
    dataset=dict(lists=f'{data_root}train_{split}', dataset=train_images)
)
test_images = dict(data_root=data_root, ann_file=f'test_{split}.txt')
val_dataloader = dict(dataset=test_images)
test_dataloader = val_dataloader
