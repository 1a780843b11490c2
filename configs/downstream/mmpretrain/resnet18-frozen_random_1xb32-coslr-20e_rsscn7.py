# RSSCN7 scene classification, a linear layer on a frozen backbone.
# Every second image of a class, by name, is for testing; 20 of the
# others of each class are used for training. Set GEOKR_DATA to the folder that
# holds rsscn7/, one sub-folder a class. The protocols of papers are those of
# tools/dataset_converters/rsscn7.py and of the configs on ResNet-50.
_base_ = [
    '../_base_/resnet18_classifier.py',
    '../_base_/downstream_runtime.py',
]
data_root = '{{$GEOKR_DATA:data}}/rsscn7'
benchmark = dict(
    task='classification',
    dataset='rsscn7',
    protocol='frozen',
    metric='accuracy/top1',
)
model = dict(backbone=dict(frozen_stages=4, norm_eval=True))
images = dict(type='geokr_mm.SceneFolder', data_root=data_root)
train_dataloader = dict(
    dataset=dict(per_class=20, dataset=dict(**images, split='train'))
)
val_dataloader = dict(dataset=dict(**images, split='test'))
test_dataloader = val_dataloader
optim_wrapper = dict(optimizer=dict(lr=5e-3))
