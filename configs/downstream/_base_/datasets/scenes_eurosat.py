# EuroSAT in red, green and blue, 27,000 scenes of 10 classes.
# Protocol: a random 80 % of each class for training (Helber et al., JSTARS
# 2019); with GEOKR_SPLIT=spatial the western 60 % for training, the eastern 20
# % for testing (EuroSATSpatial of torchgeo).
# Made by: python tools/dataset_converters/eurosat.py DOWNLOAD data/eurosat
_base_ = './scenes_224px.py'
data_root = '{{$GEOKR_SETS:data}}/eurosat/'
split = '{{$GEOKR_SPLIT:random}}'
benchmark = dict(
    task='classification',
    dataset=f'eurosat {split}',
    metric='accuracy/top1',
)
data_preprocessor = dict(num_classes=10)
train_images = dict(data_root=data_root, ann_file=f'train_{split}.txt')
train_dataloader = dict(
    dataset=dict(lists=f'{data_root}train_{split}', dataset=train_images)
)
test_images = dict(data_root=data_root, ann_file=f'test_{split}.txt')
val_dataloader = dict(dataset=test_images)
test_dataloader = val_dataloader
